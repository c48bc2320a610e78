# id what: let this host go; with `stop` its etcd is started by the end of the drill's unit
drill=etcd-tui-drill.service
if [ "$(systemctl show "$drill" -p Description)" = "Description=etcd-tui drill $1" ]; then
  systemctl stop "$drill"
fi
[ "$2" != stop ] || systemctl start --no-block etcd.service
