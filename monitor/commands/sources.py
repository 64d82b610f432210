"""``wirewatch sources``: which there are, whether they can be read, how one more is found."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from monitor import denied, fieldtable, show, slug, sourcelist, sourcing, tomllines, wirefile
from monitor.clock import now
from monitor.commands.where import Where, as_json, next_step, where
from monitor.config import Settings
from monitor.sourcebook import off
from monitor.times import written
from spiders import crawl as reactor
from spiders import opml, wires
from spiders.source import Source
from spiders.trial import Trial

#: What remains once a source is in the configuration.
CRAWL = "`wirewatch check`, then `wirewatch crawl`"


@click.group()
def sources() -> None:
    """The wires you watch: list them, try them, find new ones.

    Example: wirewatch sources list
    """


@sources.command(name="list")
@click.option("--bundled", is_flag=True, help="The wires and packs that come with wirewatch, instead of yours.")
@as_json
@where
def list_command(at: Where, bundled: bool, as_json: bool) -> None:
    """Your sources, or the bundled wires: how each is asked, and how much of a story it gives.

    Example: wirewatch sources list --bundled
    """
    rows = [*map(_wire, wires.names()), *map(_pack, wires.packs())] if bundled else list(map(_source, at.settings().sources))
    if as_json:
        for row in rows:
            show.row(row)
    elif rows:
        show.table(tuple(rows[0]), (tuple(row.values()) for row in rows))


def _source(source: Source) -> dict[str, object]:
    ways = ", ".join(rung.kind for rung in source.rungs)
    return {"id": source.id, "name": source.name, "ways": ways, "every": written(source.every), "level": source.level}


def _wire(name: str) -> dict[str, object]:
    said = wires.table(name)
    told = {"name": str(said["name"]), "level": str(said.get("level", "full")), "verified": str(said.get("verified", "never"))}
    return {"wire": name, **told, "off": off(name)}


def _pack(name: str) -> dict[str, object]:
    told = f"{wires.about()[name]}: {', '.join(wires.packs()[name])}"
    return {"wire": f'pack = "{name}"', "name": told, "level": "", "verified": "", "off": ""}


@sources.command()
@click.argument("what", required=False, metavar="SOURCE|WIRE|URL")
@click.option("--all", "everything", is_flag=True, help="All your sources; without any, the bundled wires.")
@click.option("--live", is_flag=True, help="Yes, ask them all over the network.")
@where
def test(at: Where, what: str | None, everything: bool, live: bool) -> None:
    """Ask a source, a bundled wire, a feed or a page now, and show which fields ten of its stories fill. Stores nothing.

    Exit 1 when it does not answer, or lacks headlines, bodies or dates.

    Example: wirewatch sources test tass-en
    """
    if bool(what) == everything:
        raise click.UsageError("name a source, a bundled wire or an address; or write --all --live")
    if everything and not live:
        raise click.UsageError("--all asks every source over the network; add --live if that is meant")
    trials = _tried(at.settings(), what)
    sys.exit(any(fieldtable.missing(trial) for trial in trials))


def _tried(settings: Settings, what: str | None) -> list[Trial]:
    if what and "://" in what:
        trial = reactor.run(sourcing.try_address(settings, what))
        _show(trial)
        return [trial]
    chosen = [sourcing.wanted(settings, what)] if what else sourcing.every(settings)
    return reactor.run(sourcing.try_all(settings, chosen, _show))


def _show(trial: Trial) -> None:
    name = trial.source.label
    listed = f"{len(trial.entries)} stories listed in {trial.listed_after:.1f} s, " if trial.entries else ""
    _table(f"{name}: {listed}{len(trial.stories)} read, {trial.took:.1f} s in all", fieldtable.rows(trial.stories))
    show.failures({trial.source.id: trial.errors})
    show.failures({trial.source.id: [f"missing: {line}" for line in fieldtable.missing(trial)]})


def _table(title: str, rows: Sequence[Sequence[str]]) -> None:
    columns = ("field", "filled", *(str(number) for number in range(1, len(rows[0]) - 1)))
    show.out.print(title, markup=False)
    if len(columns) > 2:
        show.table(columns, rows)


@sources.command()
@click.argument("url")
@click.option("--id", "id", help="What to call it; by default after its host.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder to write to; by default wires, beside wirewatch.toml.")
@click.option("--timezone", help="For dates without a zone, such as Asia/Seoul.")
@click.option("--country", help="Two letters, such as KR.")
@click.option("--bundled", is_flag=True, help="In a checkout: write a wire that comes with wirewatch, and its test.")
@where
def new(at: Where, url: str, id: str | None, folder: Path | None, timezone: str | None, country: str | None, bundled: bool) -> None:
    """Find a site's feed, sitemap, stories and selectors; write a TOML file that polls it, and a scrambled page to test it by.

    Example: wirewatch sources new https://news.example.org/ --timezone Asia/Seoul
    """
    settings = at.settings()
    named = id or slug.of_address(url)
    place = _place(settings, named, folder, bundled)
    if bundled and not (timezone and country):
        raise click.UsageError("a bundled wire says its --timezone and its --country")
    place.refuse_to_overwrite()
    denied.ask(place.toml.parent)
    more = {key: value for key, value in (("timezone", timezone), ("country", country)) if value}
    found = reactor.run(sourcing.find(settings, url, named, more, _say))
    stories = wirefile.stories(found.source, found.found)
    _table(f"{named}: {len(stories)} of {len(found.found.pages)} pages read", fieldtable.rows(stories))
    for path in place.write(found, now().date()):
        _say(f"wrote {path}")
    if not found.fixture:
        _say("no fixture: none of its pages reads alike when it is scrambled")
    _say(f"Next: make test-wire W={named}" if bundled else next_step(at, place.toml, CRAWL))


def _place(settings: Settings, id: str, folder: Path | None, bundled: bool) -> sourcing.Place:
    if not bundled:
        home = folder or settings.path.parent / "wires"
        return sourcing.Place(toml=home / f"{id}.toml", fixtures=home)
    here = Path("spiders/wires"), Path("tests/spiders/wires")
    if folder or not all(path.is_dir() for path in here):
        raise click.UsageError("--bundled writes to spiders/wires and tests/spiders/wires of a checkout: run it there, without --to")
    return sourcing.Place(toml=here[0] / f"{id}.toml", fixtures=here[1], bundled=True)


@sources.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "target", type=click.Path(path_type=Path), help="TOML file to write; by default in wires, named after FILE.")
@where
def import_command(at: Where, file: Path, target: Path | None) -> None:
    """Write the feeds of an OPML file, or the rows of a CSV file, as [[source]] tables. What you have already is left out.

    The first row of a CSV file names keys of [[source]], "feed" at least.

    Example: wirewatch sources import feeds.opml
    """
    settings = at.settings()
    target = target or settings.path.parent / "wires" / f"{slug.of_text(file.stem) or 'imported'}.toml"
    if target.exists():
        raise click.UsageError(f"{target} exists; name another with --to, or remove it")
    denied.ask(target.parent)
    tables = sourcelist.read(file, ids=[each.id for each in settings.sources], feeds=[each.feed for each in settings.sources])
    if not tables:
        _say("nothing to import: it lists no feed, or only feeds that you have already")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(f"[[source]]\n{tomllines.lines(table)}" for table in tables), encoding="utf-8")
    _say(f"wrote {len(tables)} sources to {target}")
    _say(next_step(at, target, CRAWL))


@sources.command()
@where
def export(at: Where) -> None:
    """Print your sources as OPML, for readers of feeds; those without a feed are named on stderr.

    Example: wirewatch sources export > sources.opml
    """
    settings = at.settings()
    click.echo(opml.write(settings.sources, title="wirewatch"), nl=False)
    without = [each.id for each in settings.sources if not each.feed]
    if without:
        _say(f"left out, since they have no feed: {', '.join(without)}")


def _say(line: str) -> None:
    show.err.print(line, markup=False, soft_wrap=True)
