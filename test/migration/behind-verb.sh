# A verb of the throw-away host's units, with a handle for tests:
#
#   behind-verb.sh <directory> <verb> <the verb's own words …>
#
# While `<directory>/<verb>.wait` exists, the verb has taken effect but does not return, and
# `<verb>.reached` says so. While `<verb>.fails` exists the verb does nothing and says that it went
# well, as a command does that cannot do what it should.
handle=$1/$2
shift 2
[ -f "$handle.fails" ] && exit 0
"$@"
code=$?
if [ -f "$handle.wait" ]; then
  : >"$handle.reached"
  while [ -f "$handle.wait" ]; do sleep 0.01; done
  rm -f "$handle.reached"
fi
exit $code
