# Before every script that changes a host. $1 is the state folder; the rest is the script's own.
set -eu
# A practice host has its disk in a folder of the operator's machine, by this name: there every
# absolute path among the arguments lies. On any other host it is empty.
root=${ETCD_TUI_ROOT-}
if [ -n "$root" ]; then
  for word in "$@"; do case $word in /*) word=$root$word ;; esac; set -- "$@" "$word"; shift; done
fi
state=$1; shift
lock=$root/run/etcd-tui.lock held=$root/run/etcd-tui.held
# One change at a time: a script that outlived its connection ends before the next begins.
if command -v flock >/dev/null 2>&1; then
  exec 9>>"$lock"
  flock -w 60 9 || { echo "another etcd-tui script is still at work on this host" >&2; exit 75; }
fi
die() { echo "$2" >&2; exit "$1"; }
# One run at a time: $holder is the line of the run that sent this script; where it is empty, nobody
# is asked. Who is at work stands in $held, who was last in $lock. In /run, because a boot ends every
# script of the run that held the host: should that run go on, it takes the host again. Once another
# one has held it, it does not: its plan is of another time.
holder=${holder-}
first_line() { REPLY=; [ ! -e "$1" ] || read -r REPLY <"$1" || :; }
refuse() { echo "$(($(date +%s) - $(stat -c %Y "$1"))) $REPLY"; die 74 "another run holds this host, or has held it"; }
claim() {
  # An empty one is of a script that was killed just here. The shell opens it with O_EXCL.
  [ -s "$held" ] || rm -f "$held"
  set -C
  if printf '%s\n' "$holder" 2>/dev/null >"$held"; then set +C; printf '%s\n' "$holder" >"$lock"; return; fi
  set +C; first_line "$held"
  [ -z "$REPLY" ] || refuse "$held"
  die 70 "$held cannot be written"
}
hold() {
  [ -n "$holder" ] || return 0
  first_line "$held"
  case $REPLY in
    # The newline is a sign of life, for whoever finds the host held.
    "$holder") echo >>"$held"; return ;;
    ?*) refuse "$held" ;;
  esac
  first_line "$lock"
  case $REPLY in '' | "$holder") claim ;; *) refuse "$lock" ;; esac
}
# Whether the manifest has this line. Without a process for it: it is asked often, and is short.
in_manifest() {
  [ -f "$state/manifest" ] || return 1
  while IFS= read -r r_line || [ -n "$r_line" ]; do [ "$r_line" != "$1" ] || return 0; done <"$state/manifest"
  return 1
}
recorded() { in_manifest "$1 ${2#"$root"}"; }
# On disk, so that a power cut cannot take it back
durable() { sync "$@" 2>/dev/null || sync; }
# kind values...: record what is about to be created or changed, before it happens, so that uninstall
# can undo it. What stands in $record_with, a file, is on disk after it, too, by the same sync.
record() {
  r_kind=$1; shift
  for r_value in "$@"; do shift; set -- "$@" "$r_kind ${r_value#"$root"}"; done
  record_entries "$@"
}
# entries...: several kinds at once, each `kind value`, where a path is without $root
record_entries() {
  r_new=''
  for r_entry in "$@"; do
    in_manifest "$r_entry" || r_new="$r_new$r_entry
"
  done
  if [ -z "$r_new" ]; then [ -z "${record_with-}" ] || durable "$record_with"; return 0; fi
  [ -d "$state" ] || { mkdir -p "$state"; chmod 700 "$state"; }
  # Whole or not at all: on a full disk an appended line could run into the next one.
  {
    if [ -f "$state/manifest" ]; then
      while IFS= read -r r_line || [ -n "$r_line" ]; do printf '%s\n' "$r_line"; done <"$state/manifest"
    fi
    printf %s "$r_new"
  } >"$state/manifest.new"
  durable "$state/manifest.new" ${record_with:+"$record_with"}
  mv -f "$state/manifest.new" "$state/manifest"
}
# Take an entry back, after what it stands for is gone.
unrecord() {
  set -- "$1" "${2#"$root"}"
  [ -f "$state/manifest" ] || return 0
  grep -vxF -e "$1 $2" "$state/manifest" >"$state/manifest.new" || [ $? -eq 1 ]
  mv -f "$state/manifest.new" "$state/manifest"
}
relabel() { if command -v restorecon >/dev/null 2>&1; then restorecon -F "$@" 2>/dev/null || :; fi; }
