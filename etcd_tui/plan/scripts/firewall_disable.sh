# kind; switch this firewall off, now and at every boot, until firewall_close
kind=$1

# unit, remembered if it is us who keep it from starting at boot
keep_off() {
  systemctl is-enabled --quiet "$1" 2>/dev/null || return 0
  record firewall-unit "$kind $1"
  systemctl --quiet disable "$1"
}
# Whether all tables are from the file that nftables.service loads: to stop it flushes every table,
# docker's as well.
alone() {
  systemctl is-active --quiet nftables.service && [ -n "$fw_conf" ] || return 1
  nft list tables | while read -r _ family table; do
    grep -qE "table +($family +)?$table( |\$|\\{)" "$fw_conf" || exit 1
  done
}

disable_firewalld() { keep_off firewalld.service; systemctl stop firewalld.service; }
disable_ufw() {
  for f in user.rules user6.rules ufw.conf; do keep "/etc/ufw/$f"; done
  ufw disable >/dev/null
}
disable_nftables() {
  if alone; then keep_off nftables.service; systemctl stop nftables.service; return 0; fi
  keep_off nftables.service
  { printf '%s\n' "$fw_scan"; nft list ruleset | fw_scan_nft output; } | sed -n 's/^drops //p' | sort -u |
    sed 's/.*/insert rule & accept comment "etcd-tui-off"/' | nft -f -
}
disable_iptables() {
  for family in $fw_families; do
    unit=$(fw_rules_unit "$family" | cut -d' ' -f1)
    [ -z "$unit" ] || keep_off "$unit"
  done
  for command in $fw_chains; do
    for chain in INPUT OUTPUT; do
      "$command" -S | fw_scan_iptables "$chain" || continue
      "$command" -w -C "$chain" -m comment --comment etcd-tui-off -j ACCEPT 2>/dev/null ||
        "$command" -w -I "$chain" -m comment --comment etcd-tui-off -j ACCEPT
    done
  done
}

fw_look
[ "$fw_kind" != none ] || exit 0
[ "$fw_kind" = "$kind" ] || die 66 "the active firewall is now $fw_kind, not $kind"
record firewall "$kind"
record firewall-off "$kind"
"disable_$kind"
fw_look
[ "$fw_kind" != "$kind" ] || die 70 "$kind still refuses connections"
