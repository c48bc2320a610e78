# observe: what is around etcd on this host; after probe.sh, whose functions, $root and $pid it uses.
for tool in systemd-socket-activate bash restorecon; do have "$tool" && say helper "$tool"; done
line "$root/run/systemd/container"; [ -z "$REPLY" ] || say container "$REPLY"
# A service gets what systemd itself has in its environment; that of a running one was told before.
if [ "${pid:-0}" -eq 0 ]; then
  environment=$(systemctl show-environment 2>/dev/null)
  set -f; IFS=$nl
  for entry in $environment; do
    at=${entry%%=*}
    case $entry in *=*) case $at in *_proxy | *_PROXY) case ${at%_*} in '' | *[!A-Za-z]*) ;; *) say service-proxy "$entry" ;; esac ;; esac ;; esac
  done
  plain
fi
# What a person gets who logs in, and so etcdctl.
if [ -r "$root/etc/environment" ]; then
  while read -r entry; do
    entry=${entry#export }
    case $entry in *_proxy=* | *_PROXY=*) say login-proxy "$entry" ;; esac
  done <"$root/etc/environment"
fi
