import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from practice import serve
from practice.sites import PracticeSite


def test_it_says_where_the_sites_are_and_what_to_register():
    command = [sys.executable, "-m", "practice.serve", "--gallery-port", "0", "--board-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "Ctrl-C" not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            for start in re.findall(r"http://\S+", said):
                with urllib.request.urlopen(start) as answer:
                    assert answer.status == 200
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert "VIGIL_PRACTICE_HOSTS=127.0.0.1:" in said
    assert "80 reposts" in said
    assert said.count(".jpg") == 8


def test_a_taken_port_is_a_message(capsys):
    with PracticeSite() as site, pytest.raises(SystemExit) as stopped:
        serve.main(["--gallery-port", str(site.port)])
    assert stopped.value.code == 2
    assert "a port cannot be used" in capsys.readouterr().err
