# Between observe/firewall_look.sh and every firewall_*.sh: files that are not ours are kept as they
# were before our first change, and written whole or not at all. $1 is the kind of firewall.
kept_files=$state/firewall/$1

# path: keep the file, or that there was none
keep() {
  kept=$kept_files$1
  if [ -e "$kept" ] || [ -e "$kept.absent" ]; then return 0; fi
  mkdir -p "${kept%/*}"
  if [ -e "$1" ]; then cp -p "$1" "$kept.part"; else kept=$kept.absent; : >"$kept.part"; fi
  sync "$kept.part" 2>/dev/null || sync
  mv -fT "$kept.part" "$kept"
}
# path: a temporary file beside it, with its owner and mode, as $temp
beside() {
  rm -f "${1%/*}"/.etcd-tui.??????
  temp=$(mktemp "${1%/*}/.etcd-tui.XXXXXX")
  trap 'rm -f "$temp"' EXIT
  [ ! -e "$1" ] || cp -p "$1" "$temp"
}
# path: put $temp there, if it differs
in_place() {
  if cmp -s "$temp" "$1"; then rm -f "$temp"; return 0; fi
  sync "$temp" 2>/dev/null || sync
  mv -fT "$temp" "$1"
  relabel "$1"
}
# What $1 has more than $2, line by line
minus() { printf '%s\n' "$1" | grep -vxF -e "$2" | grep . || :; }
