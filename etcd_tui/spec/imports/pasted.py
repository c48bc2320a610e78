"""pasted: the hosts of a text that somebody pasted or typed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from etcd_tui.i18n import _
from etcd_tui.spec.imports.ansible_inventory import ansible_inventory
from etcd_tui.spec.imports.distinct import distinct
from etcd_tui.spec.imports.etc_hosts import etc_hosts
from etcd_tui.spec.imports.folded import folded, lines_of
from etcd_tui.spec.imports.found import Found
from etcd_tui.spec.imports.imported import MAX_REJECTED, Imported, Rejected, check_line, too_long
from etcd_tui.spec.imports.line import hosts_of_line
from etcd_tui.spec.imports.recognise import FileFormat, recognise
from etcd_tui.spec.imports.ssh_config import ssh_config_aliases, ssh_config_hosts
from etcd_tui.spec.imports.table import Table, table_of
from etcd_tui.spec.imports.words import without_bullets
from etcd_tui.spec.refused import Refused

MAX_HOSTS = 100


def pasted(text: str) -> Imported:
    """Return the hosts in `text`: lines of names and addresses, a table, or a known form of file.

    Every line that is not understood in exactly one way is rejected, with what to write instead.
    Takes 100 hosts at most. Never raises.
    """
    refused = too_long(text)
    if refused:
        return Imported(rejected=(refused,))
    form = recognise("", text)
    if form is FileFormat.ANSIBLE:
        note = _("This was read as an Ansible inventory.")
        return ansible_inventory(text).hosts_of(["all"]).also(notes=[note])
    if form is FileFormat.SSH_CONFIG:
        aliases = ssh_config_aliases(text)
        note = _("This was read as an ssh_config.")
        return ssh_config_hosts(aliases, aliases.names).also(notes=[note])
    if form is FileFormat.ETC_HOSTS:
        return etc_hosts(text).also(notes=[_("This was read as an /etc/hosts file.")])
    if form in (FileFormat.PROGRAM, FileFormat.ANSWERS):
        return Imported(rejected=(_unfit(form),))
    return _lines(text)


def _unfit(form: FileFormat) -> Rejected:
    if form is FileFormat.ANSWERS:
        return Rejected(
            1,
            "",
            _("This is a whole answers file, which holds more than hosts."),
            _("Save it as a file and start with etcd-tui --answers FILE."),
        )
    return Rejected(
        1,
        "",
        _("This is a program, not a list of hosts."),
        _("Paste what it prints, one host a line, for example etcd1 192.0.2.11."),
    )


def _lines(text: str) -> Imported:
    reading = _Reading()
    for number, line in enumerate(lines_of(folded(text)), start=1):
        if not reading.take(number, line):
            break
    notes = reading.table.notes if reading.table else ()
    return distinct(reading.found).also(reading.rejected, notes)


@dataclass(slots=True)
class _Reading:
    table: Table | None = None
    begun: bool = False
    found: list[Found] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def take(self, number: int, line: str) -> bool:
        """Read one line; False if the rest of the text is not to be read."""
        if len(self.found) >= MAX_HOSTS or len(self.rejected) >= MAX_REJECTED:
            if line.strip():
                self.rejected.append(_stopped(number, len(self.found)))
            return not line.strip()
        try:
            hosts = self._hosts(line)
        except Refused as refused:
            text = self.table.excerpt(line) if self.table else line
            self.rejected.append(Rejected.of(number, text, refused))
            return True
        self.found += [replace(item, host=replace(item.host, line=number)) for item in hosts]
        return True

    def _hosts(self, line: str) -> list[Found]:
        check_line(line)
        if self.table is not None:
            return self.table.row(line)
        plain = without_bullets(line)
        if plain and not self.begun and not plain.startswith(("#", "//")):
            self.begun = True
            self.table = table_of(line)
            if self.table is not None:
                return []
        return hosts_of_line(plain, MAX_HOSTS - len(self.found))


def _stopped(line: int, found: int) -> Rejected:
    what = _("The text was read up to this line only: there are too many lines of no use here.")
    if found >= MAX_HOSTS:
        what = _("The text was read up to this line only: there are {limit} hosts already.")
    fix = _("Paste only the hosts of the cluster; etcd runs on three, five or seven.")
    return Rejected(line, "", what.format(limit=MAX_HOSTS), fix)
