# paths that an interrupted run left behind; only names that mktemp made from our own pattern
for p in "$@"; do
  case ${p##*/} in .etcd-tui.??????) rm -rf -- "$p" ;; *) die 67 "$p is no leftover of etcd-tui" ;; esac
done
