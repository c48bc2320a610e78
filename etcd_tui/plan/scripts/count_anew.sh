# forget failed starts: after this a restart is news again
systemctl reset-failed etcd.service
