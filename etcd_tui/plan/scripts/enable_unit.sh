# reload systemd's view and start the unit at every boot from now on
systemctl daemon-reload
record unit etcd.service
systemctl enable --quiet etcd.service
