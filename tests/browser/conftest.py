"""A site on SQLite for the browser tests: what differs between the engines is tested below the pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from drone_service.kit.settings import Settings
from drone_service.main import create_app
from tests.browser.site import Site, prepare
from tests.conftest import Databases, LiveServer, serving

# These machines are shared: what is waited for comes, if not within the five seconds that are the default.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def site(databases: Databases, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    databases.template("sqlite")
    database = databases.copy("sqlite")
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(_env_file=None, data_dir=folder, worker_embedded=False, demo=True)
    app = create_app(settings, database)
    with serving(app) as url:
        server = LiveServer(url, app, database)
        prepare(server)
        yield Site(server, browser)
        # Those of tests that failed: the server would wait for their connections.
        for context in browser.contexts:
            context.close()
    database.engine.dispose()
