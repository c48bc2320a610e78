# verb: start or restart, without waiting: ready means quorum, and the others start now too
case $(systemctl show etcd.service -p NeedDaemonReload) in *=yes) systemctl daemon-reload ;; esac
systemctl reset-failed etcd.service 2>/dev/null || :
systemctl "$1" --no-block etcd.service
