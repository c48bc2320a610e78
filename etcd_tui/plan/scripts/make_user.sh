# home
home=$1
shell=/usr/sbin/nologin; [ -x "$shell" ] || shell=/sbin/nologin; [ -x "$shell" ] || shell=/bin/false
if ! getent passwd etcd >/dev/null; then
  # useradd and userdel leave backups beside the account files; keep the ones from before.
  made='group etcd'; ! getent group etcd >/dev/null || made=''
  record_entries 'accounts saved' ${made:+"$made"} 'user etcd'
  if [ ! -d "$state/accounts" ]; then
    rm -rf "$state/accounts.new"
    mkdir "$state/accounts.new"
    names='passwd group shadow gshadow subuid subgid'
    set --; for f in $names; do [ ! -e "$root/etc/$f" ] || set -- "$@" "$root/etc/$f"; done
    [ $# -eq 0 ] || sha256sum "$@" >"$state/accounts.new/sums"
    set --; for f in $names; do [ ! -e "$root/etc/$f-" ] || set -- "$@" "$root/etc/$f-"; done
    [ $# -eq 0 ] || cp -p "$@" "$state/accounts.new/"
    mv -T "$state/accounts.new" "$state/accounts"
  fi
  [ -z "$made" ] || groupadd --system etcd
  useradd --system --gid etcd --home-dir "$home" --no-create-home --shell "$shell" --comment etcd etcd
fi
