"""tarn sql on a terminal: what a person sees, by way of a terminal emulator."""
import os
import re
import stat
import time

import pexpect
import pyte
import pytest

BLUE, GREEN, RED, MAGENTA = "blue", "green", "red", "magenta"


class Shell:
    """`tarn sql` on a terminal of its own."""

    def __init__(self, tarn, *args, rows=24, columns=100, **env):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        command = tarn.command("sql", *args)
        environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "PAGER")}
        environment |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PAGER": "",
                        "XDG_STATE_HOME": str(tarn.home.parent / "state"), **env}
        self.child = pexpect.spawn(command[0], command[1:], env=environment, dimensions=(rows, columns), timeout=20)
        self.child.delaybeforesend = None

    def read(self, seconds=0.05):
        try:
            self.stream.feed(self.child.read_nonblocking(65536, seconds))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return False
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def see(self, pattern, seconds=20):
        """The match of `pattern` on the screen, once it is there."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text(), re.M)):
            assert time.monotonic() < end, f"no {pattern!r} on\n{self.text()}"
            if not self.read() and not re.search(pattern, self.text(), re.M):
                raise AssertionError(f"ended without {pattern!r}:\n{self.text()}")
        return found

    def send(self, text):
        self.child.send(text)
        return self

    def type(self, text, pattern):
        """Types and waits until the screen shows `pattern`."""
        self.send(text)
        return self.see(pattern)

    def complete(self, text, pattern):
        """Types what ends with a Tab; presses it again if the names were not there at once."""
        self.send(text)
        for _ in range(20):
            try:
                return self.see(pattern, seconds=2)
            except AssertionError:
                self.send("\t")
        return self.see(pattern)

    def clear(self):
        """An empty line below nothing else."""
        self.send("\x01\x0b\x0c")
        self.see(r"\A[^\n]*>\s*\Z")

    def color_of(self, word):
        """The color of what stands last on the screen as `word`."""
        for y in reversed(range(self.screen.lines)):
            x = self.screen.display[y].rfind(word)
            if x >= 0:
                return self.screen.buffer[y][x].fg
        raise AssertionError(f"no {word} on\n{self.text()}")

    def leave(self):
        self.send("\x15\\q\r")
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 0


@pytest.fixture
def shell(tarn):
    opened = []

    def start(*args, **options):
        opened.append(Shell(tarn, *args, **options))
        opened[-1].see(r"^tarn.*>$")
        return opened[-1]

    yield start
    for one in opened:
        one.child.close(force=True)


@pytest.fixture
def sales(tarn):
    tarn.ok("sql", "-e", "CREATE SCHEMA sales; CREATE TABLE sales.orders (order_id BIGINT, customer_name VARCHAR, \"Odd one\" DATE);"
            "CREATE VIEW sales.recent AS SELECT order_id FROM sales.orders")
    return tarn


def test_completion(sales, shell, tmp_path):
    terminal = shell()
    for typed, completed in [
            ("sel\t", r"> select$"), ("SEL\t", r"> SELECT$"), ("\\tim\t", r"> \\timing$"),
            ("\\format mark\t", r"> \\format markdown$"), ("SELECT date_tr\t", r"date_trunc\($"),
            ("SELECT * FROM iceb\t", r"FROM iceberg\.$"), ("SELECT * FROM iceberg.sal\t", r"FROM iceberg\.sales\.$"),
            ("SELECT * FROM iceberg.sales.rec\t", r"sales\.recent$"), ("\\d sales.ord\t", r"\\d sales\.orders$"),
            ("SELECT * FROM sales.orders o WHERE o.cust\t", r"o\.customer_name$"),
            ("SELECT * FROM sales.orders WHERE cust\t", r"WHERE customer_name$"),
            ("SELECT * FROM sales.orders WHERE odd\t", r"WHERE \"odd one\"$"),
            ("SHOW CATA\t", r"SHOW CATALOGS$"), ("SET SESSION dial\t", r"SET SESSION dialect$")]:
        terminal.clear()
        terminal.complete(typed, completed)
    (tmp_path / "some-rows.csv").write_text("a\n1\n")
    terminal.clear()
    terminal.complete(f"SELECT * FROM '{tmp_path}/some\t", r"some-rows\.csv$")
    terminal.clear()
    terminal.complete("SELECT * FROM sales.\t", r"orders +recent")
    terminal.type("\t", r"FROM sales\.orders$")
    terminal.type("\t", r"FROM sales\.recent$")
    terminal.type("\x1b[Z", r"FROM sales\.orders$")
    terminal.send("\x03")
    terminal.see(r"\^C")
    terminal.send("CREATE SCHEMA made_just_now;\r")
    terminal.see(r"CREATE SCHEMA")
    terminal.clear()
    terminal.complete("SELECT * FROM made\t", r"made_just_now\.$")


def test_a_tab_in_pasted_text_is_no_completion(shell):
    terminal = shell()
    terminal.send("\x1b[200~SELECT\t1 AS a,\n\t2 AS b;\x1b[201~")
    terminal.see(r"2 AS b;")
    terminal.send("\r")
    terminal.see(r"a \| b\n-+\+-+\n +1 \| 2")


def test_highlighting(shell):
    terminal = shell()
    terminal.type("SELECT 'text', 15, max(x), \"n\" -- note", "note")
    assert terminal.color_of("SELECT") == BLUE
    assert terminal.color_of("'text'") == GREEN
    assert terminal.color_of("15") == MAGENTA
    assert terminal.color_of("max") == "cyan"
    terminal.clear()
    terminal.type("SELECT 'open", "open")
    assert terminal.color_of("'open") == RED and terminal.color_of("open") == GREEN
    terminal.clear()
    terminal.type("f(1));", r"f\(1\)\);")
    assert terminal.color_of(");") == RED


@pytest.mark.parametrize("options, env", [((), {"NO_COLOR": "1"}), (("--color", "never"), {})])
def test_no_colors(shell, options, env):
    terminal = shell(*options, **env)
    terminal.type("SELECT 'text'", "text")
    assert terminal.color_of("SELECT") == terminal.color_of("'text'") == "default"
    terminal.type("\x03\\set color\r", r"color +off")


def test_statements_of_several_lines_are_edited_as_one(shell):
    terminal = shell()
    terminal.type("SELECT 41 +\r", r"->$")
    terminal.type("1 AS answr", "answr")
    terminal.type("\x7fer\x1b[A\x01\x1b[C\x1b[C\x1b[C\x1b[C\x1b[C\x1b[C /* note */", r"SELECT /\* note \*/ 41 \+")
    terminal.send("\x1b[B\x05;\r")
    terminal.see(r"answer\n-+\n +42")
    terminal.type("\x1b[A", r"> SELECT /\* note \*/ 41 \+\n +-> 1 AS answer;$")


def test_history_lives_on_without_secrets(tarn, shell):
    terminal = shell()
    terminal.type("SELECT 1\rAS kept;\r", r"\(1 row")
    terminal.type("SELECT 'password=>''hush-1''', 2 AS seen;\r", r"\(1 row(.|\n)*\(1 row")
    terminal.type("CREATE SECRET s (TYPE s3, SECRET 'hush-2');\r", r"hush-2'\);(.|\n)*>$")
    terminal.leave()
    history = tarn.home / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "kept" in history.read_text() and "hush" not in history.read_text()
    again = shell()
    again.type("\x12kep", r"\(search\)`kep': SELECT 1\n.*AS kept;")
    again.send("\r")
    again.see(r"kept\n-+\n +1")
    again.type("SELECT 1", r"SELECT 1")
    again.send("\x05\r")  # the rest as it was, offered faintly
    again.see(r"kept(.|\n)*kept(.|\n)*kept\n-+\n +1")


def text_until(path, is_whole):
    """The file's text once it is whole; as it is after 20 seconds."""
    end = time.monotonic() + 20
    while True:
        text = path.read_text() if path.exists() else ""
        if is_whole(text) or time.monotonic() > end:
            return text
        time.sleep(0.05)


def test_pager_takes_what_is_larger_than_the_screen(shell, tmp_path):
    paged = tmp_path / "paged"
    terminal = shell(rows=20, columns=60, PAGER=f"cat > {paged}")
    terminal.type("SELECT 5 AS five;\r", r"five\n-+\n +5")
    assert not paged.exists()
    terminal.send("SELECT i FROM UNNEST(sequence(1, 1000)) r(i);\r")
    terminal.see(r"1000\)\) r\(i\);\n+tarn.*>$")
    assert len(text_until(paged, lambda text: len(text.splitlines()) >= 1003).splitlines()) == 1003
    terminal.send("SELECT rpad('', 120, 'wide') AS w;\r")
    terminal.see(r"AS w;\n+tarn.*>$")
    assert "wide" * 30 in text_until(paged, lambda text: "wide" * 30 in text)
    terminal.type("\\pager off\r", "Pager is off")
    terminal.type("SELECT rpad('', 120, 'wide') AS w;\r", r"…")


def test_leaving_the_pager_ends_the_statement(shell):
    terminal = shell("--dialect", "duckdb", PAGER="head -c 10")
    terminal.send("SELECT i FROM range(100000000) r(i);\r")
    terminal.see(r"r\(i\);\n(.|\n)*>$", seconds=10)
    terminal.type("SELECT 'alive' AS a;\r", r"a\n-+\n alive")


def test_watch_repeats_until_ctrl_c(shell):
    terminal = shell()
    terminal.send("SELECT 7 AS seven \\watch 0.1\r")
    terminal.see(r"every 0\.1(.|\n)*every 0\.1(.|\n)*seven")
    terminal.send("\x03")
    terminal.see(r">$")
    terminal.send("\x0cSELECT 8 AS eight;\r")
    terminal.see(r"eight\n-+\n +8")
    terminal.send("\x0c\\watch 0.01 2\r")
    terminal.see(r"8(.|\n)*8(.|\n)*>$")


def test_errors_show_their_place_and_what_was_meant(sales, shell):
    terminal = shell(columns=160)
    terminal.send("SELECT * FORM sales.orders;\r")
    terminal.see(r"^Error: (.|\n)*\n  SELECT \* FORM sales\.orders\n +\^")
    terminal.send("\x0cSELECT * FROM sales.ordrs;\r")
    terminal.see(r"^Error: (.|\n)*[Dd]id you mean .*orders")
    terminal.send("\x0cSELECT custmer_name FROM sales.orders;\r")
    terminal.see(r"^Error: .*custmer_name(.|\n)*Did you mean customer_name\?$")


def test_commands(sales, shell, tmp_path):
    terminal = shell("--set", "timing=off")
    terminal.type("USE iceberg.sales;\r", r"iceberg\.sales>$")
    terminal.type("\\d\r", r"sales +\| orders +\| table\n sales +\| recent +\| view")
    terminal.type("\\d orders\r", r"order_id +\| long")
    terminal.type("\\l\r", r"catalog\n-+\n iceberg")
    terminal.type("\\df array_len\r", r"array_length")
    terminal.type("\\conninfo\r", r"dialect +trino\nschema +iceberg\.sales")
    terminal.type("\x0cSELECT 7 / 2 AS x;\r", r"x\n-+\n +3$")
    terminal.type("\\dialect duckdb\r", r"Dialect is duckdb")
    terminal.type("\x0cSELECT 7 / 2 AS x;\r", r"x\n-+\n +3\.5")
    terminal.type("\x0cSELECT 1 AS one \\gx\r", r"-\[ row 1 \]-*\none +\| 1")
    terminal.type("\x0c\\g\r", r"one\n-+\n +1")
    terminal.send(f"\x0cSELECT 9 AS nine \\g {tmp_path}/nine.txt\r")
    terminal.see(r"nine\.txt\n(.|\n)*>$")
    assert "nine" in text_until(tmp_path / "nine.txt", lambda text: "nine" in text)
    terminal.type("\x0c\\set border unicode\rSELECT 1 AS box;\r", r"┌─+┐\n│ box │")
    terminal.type("\\set border plain\r\x0c\\format csv\rVALUES (3, 'c');\r", r"3,c$")
    terminal.type("\\format table\r\x0c\\set max_rows 2\rSELECT i FROM range(5) r(i);\r", r"\(5 rows, the first 2 shown\)")
    terminal.type("\x0c\\? pager\r", r"\\pager")
    terminal.type("\x0c\\h merge\r", r"MERGE INTO table")
    terminal.type("\x0c\\watsh\r", r"did you mean \\watch")
    (tmp_path / "more.sql").write_text("SELECT 'from ' || 'file' AS f;\n\\echo done with it\n")
    terminal.type(f"\x0c\\i {tmp_path}/more.sql\r", r"from file(.|\n)*done with it")
    terminal.send(f"\\o {tmp_path}/out.txt\rSELECT 'in a file' AS f;\r\\o\rSELECT 'seen' AS f;\r")
    terminal.see(r" seen")
    assert "in a file" in text_until(tmp_path / "out.txt", lambda text: "in a file" in text)
    terminal.leave()


def test_the_editor_of_choice(shell, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'SELECT 4321 AS edited;' >> \"$1\"\n")
    editor.chmod(0o755)
    terminal = shell(EDITOR=str(editor), VISUAL="")
    terminal.type("\\e\r", r"SELECT 4321 AS edited;$")
    terminal.type("\r", r"edited\n-+\n +4321")
    terminal.clear()
    terminal.type("\x18\x05", r"SELECT 4321 AS edited;$")


def test_a_terminal_that_knows_nothing(tarn, shell):
    terminal = shell(TERM="dumb")
    terminal.type("SELECT 40 +\n2 AS answer;\n", r"answer\n-+\n +42")
    terminal.send("\\q\n")
    terminal.child.expect(pexpect.EOF)


def test_the_shell_of_a_server(sales, serve, shell):
    server = serve()
    terminal = shell("--server", server.uri, "--schema", "sales")
    terminal.see(r"^tarn:iceberg\.sales>$")
    terminal.complete("SELECT * FROM ord\t", r"FROM orders$")
    terminal.complete(" WHERE cust\t", r"WHERE customer_name$")
    terminal.send(" = 'nobody';\r")
    terminal.see(r"\(0 rows")
    terminal.type("\x0c\\conninfo\r", r"server +http://127\.0\.0\.1")
    terminal.type("\\d orders\r", r"customer_name +\| varchar")
    terminal.type("\x0cSELECT 7 / 2 AS x;\r", r"x\n-+\n +3")
    terminal.type("\x0cSELECT * FORM orders;\r", r"^Error: line 1:\d+: .*\n(.*\n)?  SELECT \* FORM orders\n +\^")
    terminal.send("\x0cSELECT count(*) AS n FROM unnest(sequence(1, 10000)) a(x), unnest(sequence(1, 10000)) b(y), "
                  "unnest(sequence(1, 10000)) c(z) WHERE x * y + z < 0;\r")
    time.sleep(1)
    terminal.send("\x03")
    terminal.see(r"^Error: ")
    terminal.type("\x0cSELECT 'alive' AS a;\r", r"a\n-+\n alive")
    terminal.leave()
