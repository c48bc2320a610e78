"""Hosts from elsewhere: pasted lines, /etc/hosts, ssh_config files and Ansible inventories."""
