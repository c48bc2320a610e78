# As ask.py, which says how: Perl is up in a fifth of the time that Python needs.
use strict;

sub gone { print STDERR "the practice host $_[0]\n"; exit 1 }

# AF_UNIX and SOCK_STREAM: the module that knows their names would take longer than all of this.
my $host;
socket($host, 1, 1, 0) && connect($host, pack('S a*', 1, "\0$ENV{ETCD_TUI_PRACTICE}"))
  or gone("is gone: $!");
for ($host, *STDERR, *STDOUT) { binmode $_; select $_; $| = 1 }
my $words = join "\0", @ARGV;
print $host length($words), "\n", $words;
while (defined(my $head = <$host>)) {
  my ($kind, $number) = split ' ', $head;
  exit $number if $kind == 0;
  read($host, my $text, $number) == $number or last;
  print { $kind == 1 ? *STDOUT : *STDERR } $text;
}
gone('went away before it answered');
