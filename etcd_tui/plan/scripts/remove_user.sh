# The user and group that install made, and the account files' backups as they were.
pgrep -u etcd >/dev/null 2>&1 && die 70 "processes of the user etcd still run"
if recorded user etcd; then
  ! getent passwd etcd >/dev/null || userdel etcd
  unrecord user etcd
fi
if recorded group etcd; then
  ! getent group etcd >/dev/null || groupdel etcd
  unrecord group etcd
fi
if [ -d "$state/accounts" ]; then
  # Only when nobody else has changed an account since: then the old backups are the right ones.
  if sha256sum --status -c "$state/accounts/sums" 2>/dev/null; then
    for f in passwd group shadow gshadow subuid subgid; do
      if [ -e "$state/accounts/$f-" ]; then cp -p "$state/accounts/$f-" "$root/etc/$f-"; else rm -f "$root/etc/$f-"; fi
    done
  fi
  rm -rf "$state/accounts"
fi
unrecord accounts saved
