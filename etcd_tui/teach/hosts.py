"""The lessons about preparing a host, and about leaving it as it was."""

from __future__ import annotations

from etcd_tui.i18n import N_
from etcd_tui.teach.lesson import Lesson

HOSTS = {
    "leftovers": Lesson(
        N_("What an interrupted run leaves"),
        N_(
            "Every file is first written under a temporary name beside its target and then "
            "renamed, so that a target is whole or not there. A run that was killed in between "
            "leaves only the temporary file. It is of no use to anybody and is removed first."
        ),
    ),
    "manifest": Lesson(
        N_("The record on the host"),
        N_(
            "A small file in /var/lib/etcd-tui notes what was made and what was changed, each "
            "entry before the change itself. Uninstall takes back what stands there and nothing "
            "else, and a host that belongs to another cluster is recognised by it."
        ),
    ),
    "user": Lesson(
        N_("A user for etcd alone"),
        N_(
            "etcd needs no rights but to listen on two ports above 1024 and to write its own data. "
            "It runs as the system user etcd, who cannot log in: a flaw in etcd then opens one "
            "folder and not the whole host. When a cluster is removed, the user goes only if the "
            "installation had made it."
        ),
        ("hardening",),
    ),
    "config-folder": Lesson(
        N_("The folder for settings and keys"),
        N_(
            "It belongs to root, and only the group of etcd may look into it (mode 750). etcd "
            "reads its certificates there and can change nothing."
        ),
    ),
    "data-folder": Lesson(
        N_("The folder for the data"),
        N_(
            "Here etcd keeps its write-ahead log and its database; nobody else may enter (mode "
            "700). Every write waits until the log is on the disk, so a slow disk makes a slow "
            "cluster: use a local SSD, no network file system. The folder must be empty before "
            "the first start, or the member would go on with somebody's old data."
        ),
        ("cluster-state",),
    ),
    "programs-folder": Lesson(
        N_("The folder for the programs"),
        N_("The answers name a folder that is not there yet; it is made as the system's own are."),
    ),
    "units-folder": Lesson(
        N_("The folder for the unit"),
        N_(
            "Units that an administrator writes belong in /etc/systemd/system. The folders below "
            "/usr/lib and /lib are the package manager's, and its next update may replace them."
        ),
    ),
    "hosts-file": Lesson(
        N_("Names for the members"),
        N_(
            "The members know each other by address, so that a failing name server cannot stop "
            "the cluster. The names in /etc/hosts are for people and logs. They stand between two "
            "marks: a second run replaces the block and never appends another one, and it can be "
            "taken out exactly as it came."
        ),
    ),
    "hosts-file-kept": Lesson(
        N_("A file that others use by now"),
        N_(
            "The installation made this file, but it holds other entries today. It is left to the "
            "host, and only the record of it is taken back."
        ),
    ),
    "firewall": Lesson(
        N_("Only the ports that are needed"),
        N_(
            "Members reach each other on port 2380 and clients reach them on port 2379. The "
            "firewall stays on; it gets one rule for each member and, on port 2379, for each "
            "range that the answers name. Switching it off, as many guides do, would open every "
            "service of the host."
        ),
        ("ports",),
    ),
    "firewall-back": Lesson(
        N_("The firewall comes back"),
        N_(
            "An earlier run had switched it off because the answers asked for it. They no longer "
            "do, so it is put back as it was found."
        ),
        ("ports",),
    ),
    "selinux": Lesson(
        N_("SELinux"),
        N_(
            "SELinux limits what each service may touch, also one that runs as root. etcd runs "
            "well under it once its files bear the right labels, so it stays enforcing unless the "
            "answers ask for something else. What was changed can be put back."
        ),
        ("selinux-labels",),
    ),
    "programs": Lesson(
        N_("etcd, etcdctl and etcdutl"),
        N_(
            "etcd is the server, etcdctl talks to a running cluster, and etcdutl (from 3.5 on) "
            "works on data files of a stopped one. The archive's checksum is compared before "
            "anything in it is run. Then each program is asked for its version, and only when all "
            "are right do they move into place."
        ),
        ("checksum", "releases"),
    ),
    "stop": Lesson(
        N_("Stopping, one member after the other"),
        N_(
            "A leader that stops hands over to another member first. Where all stop at once there "
            "is nobody to hand over to, and the last ones wait in vain."
        ),
        ("quorum",),
    ),
    "files": Lesson(
        N_("Removing only our own files"),
        N_("The files that go are those that the record on the host names, and no others."),
        ("manifest",),
    ),
    "data": Lesson(
        N_("Deleting the data"),
        N_(
            "This cannot be taken back. It is done only on request, for a folder that the record "
            "names, and after the cluster's name was typed. A snapshot beforehand "
            "(etcdctl snapshot save FILE) keeps everything that is in the cluster."
        ),
    ),
    "folders": Lesson(
        N_("Folders become what they were"),
        N_(
            "Folders that the installation made go if they are empty; others get back the owner "
            "and mode that they had."
        ),
    ),
    "forget": Lesson(
        N_("The end of the record"),
        N_("Nothing is left to take back, so the record itself goes last."),
        ("manifest",),
    ),
}
