# verb: start or restart, without waiting: ready means quorum, and the others start now too
systemctl daemon-reload
systemctl reset-failed etcd.service 2>/dev/null || :
systemctl "$1" --no-block etcd.service
