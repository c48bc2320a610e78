# permissive|disabled; from now on if it enforces, and at every boot
wanted=$1
case $wanted in permissive | disabled) ;; *) die 64 "no mode of SELinux to relax to: $wanted" ;; esac
config=$(readlink -f /etc/selinux/config) || config=
if ! grep -qs '^selinux-config ' "$state/manifest"; then
  was=$(sed -n 's/^SELINUX=//p' "$config" 2>/dev/null | tail -n 1)
  record selinux-config "${was:-none}"
fi
grep -q '^selinux-mode ' "$state/manifest" || record selinux-mode "$(getenforce)"
record selinux-set "$wanted"
if [ -f "$config" ] && ! grep -qx "SELINUX=$wanted" "$config"; then
  rm -f "${config%/*}"/.etcd-tui.??????
  temp=$(mktemp "${config%/*}/.etcd-tui.XXXXXX")
  trap 'rm -f "$temp"' EXIT
  cp -p "$config" "$temp"
  sed "s/^SELINUX=.*/SELINUX=$wanted/" "$config" >"$temp"
  grep -qx "SELINUX=$wanted" "$temp" || die 70 "$config has no line SELINUX="
  durable "$temp"
  mv -fT "$temp" "$config"
  relabel "$config"
fi
if [ "$(getenforce)" = Enforcing ]; then setenforce 0; fi
[ "$(getenforce)" != Enforcing ] || die 70 "SELinux still enforces"
