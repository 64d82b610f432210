"""monitor.judgement: what is wrong with each source, the worst first."""

from datetime import timedelta

from desk import NOON

from monitor.judgement import Judgement
from monitor.states import Facts, Trouble

FAILING, QUIET = (Trouble(state=state, since=NOON, detail="") for state in ("failing", "quiet"))


def test_a_source_is_in_the_worst_of_its_states_and_the_machine_in_none_of_theirs() -> None:
    facts = [Facts(id=id, began_at=NOON, every=timedelta(minutes=5)) for id in ("wire", "other")]
    judgement = Judgement(facts=facts, open=(), found={("wire", "quiet"): QUIET, ("wire", "failing"): FAILING, (None, "network"): FAILING})

    assert judgement.troubles == {"wire": (FAILING, QUIET), "": (FAILING,)}
    assert judgement.worst == {"wire": FAILING}
    assert judgement.states == {"wire": "failing", "other": "ok"}
