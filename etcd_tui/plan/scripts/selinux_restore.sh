# put SELinux back to what selinux_relax found
grep -qs '^selinux-' "$state/manifest" || exit 0
config=$(readlink -f /etc/selinux/config) || config=
noted() { sed -n "s/^selinux-$1 //p" "$state/manifest"; }
was=$(noted config)
now=$(sed -n 's/^SELINUX=//p' "$config" 2>/dev/null | tail -n 1)
# Only what we put there: somebody may have decided otherwise since.
if [ "$now" != "$was" ] && recorded selinux-set "$now"; then
  rm -f "${config%/*}"/.etcd-tui.??????
  temp=$(mktemp "${config%/*}/.etcd-tui.XXXXXX")
  trap 'rm -f "$temp"' EXIT
  cp -p "$config" "$temp"
  # Not awk: a file without a newline at its end stays one.
  sed "s/^SELINUX=.*/SELINUX=$(printf %s "$was" | sed 's/[&/\]/\\&/g')/" "$config" >"$temp"
  durable "$temp"
  mv -fT "$temp" "$config"
  relabel "$config"
  # What was written without SELinux bears no labels, and an enforcing boot would not come up.
  if [ "$(getenforce)" = Disabled ]; then echo -F >/.autorelabel; fi
fi
if [ "$(noted mode)" = Enforcing ] && [ "$(getenforce)" = Permissive ]; then setenforce 1; fi
temp=$(mktemp "$state/.etcd-tui.XXXXXX")
grep -v '^selinux-' "$state/manifest" >"$temp" || :
durable "$temp"
mv -fT "$temp" "$state/manifest"
