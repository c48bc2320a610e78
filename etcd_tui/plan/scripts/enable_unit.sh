# start the unit at every boot from now on; this makes systemd read all units anew as well
record unit etcd.service
systemctl enable --quiet etcd.service
