"""Plain clients read the marts as a reader's login. One that is not on this machine is skipped, and says so."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from serving.postgres import local
from serving.postgres.roles import make_login
from serving.postgres.server import publisher
from tests.serving.small_home import a_home, asked, published, served

QUERY = "select name_zh, sum(numerator) from mart_kpi_daily join kpi_catalog using (kpi) group by 1"
ANSWER = (
    "平均处理时长",
    7.0,
)  # three days of 7 / 3, each rounded to six decimals: 2.333333 x 3 = 6.999999; compared to one decimal
JAVA = """
import java.sql.*;
public class Ask {
    public static void main(String[] with) throws Exception {
        try (Connection c = DriverManager.getConnection(with[0], with[1], with[2]);
             ResultSet r = c.createStatement().executeQuery(with[3])) {
            while (r.next()) System.out.write((r.getString(1) + "|" + r.getBigDecimal(2)).getBytes("UTF-8"));
            System.out.flush();
        }
    }
}
"""


@pytest.fixture(scope="module")
def address(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    owner = make_database()
    settings = a_home(tmp_path_factory.mktemp("clients"), owner)
    published(settings, 7)
    served(settings)
    with publisher(owner) as connection:
        password = make_login(connection, "a_client")
    yield f"postgresql://a_client:{password}@{owner.split('@')[1]}"
    asked(owner, "drop owned by a_client; drop role a_client")


def check(name: str, total: object) -> None:
    assert (name, round(float(str(total)), 1)) == ANSWER


def said(program: Path | str, *words: str) -> str:
    done = subprocess.run([str(program), *words], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_psql(address: str) -> None:
    check(*said(local.client("psql"), address, "-Atc", QUERY).split("|"))


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_pandas_over_sqlalchemy(address: str, driver: str) -> None:
    pandas, sqlalchemy = pytest.importorskip("pandas"), pytest.importorskip("sqlalchemy")
    pytest.importorskip(driver)
    engine = sqlalchemy.create_engine(address.replace("postgresql://", f"postgresql+{driver}://"))
    frame = pandas.read_sql_query(sqlalchemy.text(QUERY), engine)
    tables = sqlalchemy.inspect(engine).get_table_names(schema="marts")
    comment = sqlalchemy.inspect(engine).get_table_comment("mart_kpi_daily", schema="marts")
    engine.dispose()
    check(*frame.iloc[0])
    assert "mart_kpi_daily" in tables
    assert comment == {"text": "it's one row\\per day"}


def test_asyncpg(address: str) -> None:
    check(*asyncio.run(_over_asyncpg(address)))


async def _over_asyncpg(address: str) -> tuple[str, object]:
    asyncpg = pytest.importorskip("asyncpg")
    connection = await asyncpg.connect(address)
    try:
        row = await connection.fetchrow(QUERY)
    finally:
        await connection.close()
    return row[0], row[1]


def test_arrow_over_adbc(address: str) -> None:
    adbc = pytest.importorskip("adbc_driver_postgresql.dbapi")
    with adbc.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(QUERY.replace("sum(numerator)", "sum(numerator)::double precision"))
        check(*cursor.fetch_arrow_table().to_pylist()[0].values())


@pytest.mark.slow
def test_jdbc(address: str, tmp_path: Path) -> None:
    jars = sorted(
        [*Path("/usr/share/java").glob("postgresql*.jar"), *Path.home().glob(".m2/repository/org/postgresql/postgresql/*/*.jar")]
    )
    if not jars or not shutil.which("javac"):
        pytest.skip("no JDK, or no PostgreSQL driver (Debian: libpostgresql-jdbc-java)")
    (tmp_path / "Ask.java").write_text(JAVA)
    parts = urlsplit(address)
    url = f"jdbc:postgresql://{parts.hostname}:{parts.port}{parts.path}"
    words = ["-cp", str(jars[-1]), str(tmp_path / "Ask.java"), url, str(parts.username), str(parts.password), QUERY]
    check(*said("java", *words).split("|"))


def test_odbc(address: str) -> None:
    tool = shutil.which("isql")
    drivers = sorted((Path(tool).parents[1] / "lib").glob("*/odbc/psqlodbcw.so")) if tool else []
    if not tool or not drivers:
        pytest.skip("no unixODBC, or no PostgreSQL driver (Debian: unixodbc, odbc-postgresql)")
    parts = urlsplit(address)
    place = f"Server={parts.hostname};Port={parts.port};Database={parts.path[1:]};Uid={parts.username};Pwd={parts.password}"
    done = subprocess.run(
        [tool, "-b", "-d|", "-k", f"Driver={drivers[0]};{place}"],
        input=QUERY + "\n",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    check(*done.stdout.strip().split("|"))
