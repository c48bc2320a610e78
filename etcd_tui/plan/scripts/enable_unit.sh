# start the unit at every boot from now on
record unit etcd.service
# To read all units anew takes a tenth of a second and a process for each generator, so only where
# systemd knows an older version of this one. Which units come up at a boot is read at the boot.
shown=$(systemctl show etcd.service -p NeedDaemonReload -p LoadState)
case $shown in *NeedDaemonReload=yes* | *LoadState=not-found*) systemctl daemon-reload ;; esac
systemctl enable --no-reload --quiet etcd.service
