"""Short ways to say what an import found, and texts that are nearly host lists."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from etcd_tui.spec.imports.as_line import as_line
from etcd_tui.spec.imports.imported import Imported, Rejected

# Time is no property of these rules, and a busy machine would break a deadline.
settings.register_profile("imports", deadline=None)
settings.load_profile("imports")

_WORDS = """
    etcd1 etcd2 ETCD3 etcd[1-3] etcd{1..3} e[01,3] n1.example.org 192.0.2.11 192.0.2.[11-13]
    192.0.2.11-13 192.0.2.11-192.0.2.12 192.0.2.300 2001:db8::1 [2001:db8::1]:22 fe80::1%eth0
    root@192.0.2.11 root@n1 a@[2001:db8::2]:2222 192.0.2.12:2222 192.0.2.13:2380 192.0.2.9/24
    n1=https://192.0.2.11:2380 name=etcd9 ip=192.0.2.14 user=ops port=22 key=~/.ssh/id jump=g
    ssh_host=gate key="a#b" ssh -p -J ssh://root@192.0.2.15:22 root:pw@192.0.2.16 localhost
    127.0.0.1 ::1 ip6-localhost Host HostName Match Include ProxyJump Port User exec all none *
    !a %h [etcd] [etcd:children] [etcd:vars] [x:hosts] ansible_host=192.0.2.17 ansible_password=x
    ansible_user={{u}} e[1:3] e[a:c] all: hosts: children: vars: etcd: --- version: nodes: plugin:
    name,ip,password ip | --- , ; ， ： 、 　 。 - * 1. ① # // { } [ ] ( ) " ' ` = : -> → ~ @ $
"""
WORDS = st.sampled_from(_WORDS.split())
TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(WORDS | st.sampled_from(["\n", " ", "\n  ", ": ", "=", ","]), max_size=30).map(
        "".join
    ),
    st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=6).map("\n".join),
    st.text(
        st.sampled_from(list("e1:.-[]{}()=,;|@#/\"'~%! \t\r\n\x00\x1b\u2028\u3000，：")),
        max_size=60,
    ),
)


def lines(imported: Imported) -> list[str]:
    """The hosts, each as one line."""
    return [as_line(host) for host in imported.hosts]


def only(imported: Imported) -> str:
    """The only host as a line; nothing was rejected."""
    assert imported.rejected == ()
    (line,) = lines(imported)
    return line


def rejection(imported: Imported) -> Rejected:
    """The only rejected piece; there is no host."""
    assert imported.hosts == ()
    (rejected,) = imported.rejected
    return rejected


def is_sound(imported: Imported, text: str) -> bool:
    """Whether places, sentences and excerpts are as they are promised to be."""
    count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    numbers = [item.line for item in (*imported.hosts, *imported.rejected)]
    sentences = [text for item in imported.rejected for text in (item.what, item.fix)]
    shown = [*sentences, *imported.notes, *(item.text for item in imported.rejected)]
    return (
        all(0 <= number <= count for number in numbers)
        and all(sentences)
        and all(text.isprintable() for text in shown)
    )
