"""The demo wire's invented stories, and how its outlets print them: one TOML an outlet, one skeleton a page style."""
