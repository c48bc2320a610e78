# home
home=$1
shell=/usr/sbin/nologin; [ -x "$shell" ] || shell=/sbin/nologin; [ -x "$shell" ] || shell=/bin/false
if ! getent passwd etcd >/dev/null; then
  # useradd and userdel leave backups beside the account files; keep the ones from before.
  if [ ! -d "$state/accounts" ]; then
    record accounts saved
    rm -rf "$state/accounts.new"
    mkdir "$state/accounts.new"
    for f in passwd group shadow gshadow subuid subgid; do
      [ ! -e "$root/etc/$f" ] || sha256sum "$root/etc/$f" >>"$state/accounts.new/sums"
      [ ! -e "$root/etc/$f-" ] || cp -p "$root/etc/$f-" "$state/accounts.new/"
    done
    mv -T "$state/accounts.new" "$state/accounts"
  fi
  if ! getent group etcd >/dev/null; then record group etcd; groupadd --system etcd; fi
  record user etcd
  useradd --system --gid etcd --home-dir "$home" --no-create-home --shell "$shell" --comment etcd etcd
fi
