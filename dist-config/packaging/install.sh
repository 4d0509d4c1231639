#!/bin/sh
# Installs and uninstalls what is in the directory STAGE, man and dist-config; "make install" and "make deb" call it with all
# places in the environment. Settings and data that are there are never overwritten or removed.
set -eu
umask 022

say() { echo "$*"; }
fail() { echo "install: $*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
# Only on the machine itself are there users to make and a Postfix to look at.
is_staged() { [ -n "$DESTDIR" ]; }
user_is_there() { id -u "$TGSUSER" >/dev/null 2>&1; }

make_user() {
  if is_staged || user_is_there; then return; fi
  if command -v useradd >/dev/null; then
    useradd --system --user-group --home-dir "$TGSDATA" --no-create-home --shell /usr/sbin/nologin "$TGSUSER"
  elif command -v pw >/dev/null; then
    pw useradd "$TGSUSER" -d "$TGSDATA" -s /usr/sbin/nologin -c 'tumgreyspf policy server'
  else
    fail "user $TGSUSER: there is no such user and no useradd or pw to make it: make it and try again"
  fi
  say "made the system user $TGSUSER"
}

install_programs() {
  # The new directory takes the place of the old one at once.
  mkdir -p "$(dirname "$DESTDIR$TGSPROG")"
  rm -rf "$DESTDIR$TGSPROG.new" "$DESTDIR$TGSPROG.old"
  cp -R "$STAGE" "$DESTDIR$TGSPROG.new"
  if is_root; then chown -R 0:0 "$DESTDIR$TGSPROG.new"; fi
  # The build's node and flags may be others than the launchers'. A node of another machine makes its code there, or
  # compiles at each start.
  # shellcheck disable=SC2086 # NODEFLAGS are words
  if ! "$NODE" $NODEFLAGS "$DESTDIR$TGSPROG.new/parts/write-code-cache.mjs" 2>/dev/null; then
    say "warning: $NODE could not prepare the programs here: each start will take it longer"
  fi
  if [ -e "$DESTDIR$TGSPROG" ]; then mv "$DESTDIR$TGSPROG" "$DESTDIR$TGSPROG.old"; fi
  mv "$DESTDIR$TGSPROG.new" "$DESTDIR$TGSPROG"
  rm -rf "$DESTDIR$TGSPROG.old"

  mkdir -p "$DESTDIR$SBINDIR"
  for program in "$STAGE"/*.js; do
    name=$(basename "$program" .js)
    launcher="$DESTDIR$SBINDIR/$name"
    printf '#!/bin/sh\nexec %s "$@"\n' "$NODE${NODEFLAGS:+ $NODEFLAGS} $TGSPROG/$name.js" > "$launcher.new"
    chmod 755 "$launcher.new"
    mv "$launcher.new" "$launcher"
  done
  for page in man/*.[1-8]; do
    section="$DESTDIR$MANDIR/man${page##*.}"
    mkdir -p "$section"
    install -m 644 "$page" "$section/$(basename "$page")"
  done
}

# install_settings SOURCE TARGET MODE: a file that is there stays; ours goes beside it if it differs.
install_settings() {
  if [ ! -e "$2" ]; then install -m "$3" "$1" "$2"
  elif cmp -s "$1" "$2"; then rm -f "$2.dist"
  else
    install -m "$3" "$1" "$2.dist"
    say "kept ${2#"$DESTDIR"}; the new sample is beside it: ${2#"$DESTDIR"}.dist"
  fi
}

install_files() {
  directory="$DESTDIR$SETTINGS"
  mkdir -p "$directory/config" "$DESTDIR$(dirname "$CRON")"
  # Another data directory than the programs' default has to be named in the settings.
  sample=$STAGE.conf
  if [ "$TGSDATA" = /var/local/lib/tumgreyspf ]; then cp dist-config/tumgreyspf.conf "$sample"
  else sed "s|^dbUrl = None\$|dbUrl = 'sqlite://$TGSDATA/data/tumgreyspf.db'|" dist-config/tumgreyspf.conf > "$sample"
  fi
  # It may come to hold a password: root writes it, the policy user reads it, nobody else does.
  install_settings "$sample" "$directory/tumgreyspf.conf" 640
  if is_root && user_is_there; then
    for file in "$directory/tumgreyspf.conf" "$directory/tumgreyspf.conf.dist"; do
      if [ -e "$file" ]; then chgrp "$(id -g "$TGSUSER")" "$file"; fi
    done
  fi
  install_settings dist-config/__default__ "$directory/config/__default__" 644

  # With the directory of the embedded store in it, so that the tools find an empty store before the first mail comes.
  mkdir -p "$DESTDIR$TGSDATA/data"
  # Debian's /var/local hands its group down.
  chmod u=rwx,go=,g-s "$DESTDIR$TGSDATA" "$DESTDIR$TGSDATA/data"
  if is_root && user_is_there; then
    chown "$(id -u "$TGSUSER"):$(id -g "$TGSUSER")" "$DESTDIR$TGSDATA" "$DESTDIR$TGSDATA/data"
  fi

  cat > "$DESTDIR$CRON" <<END
# Removes greylist entries that have expired.
17 4 * * *  $TGSUSER  [ -x $SBINDIR/tumgreyspf-clean ] && $SBINDIR/tumgreyspf-clean --quiet
END
  chmod 644 "$DESTDIR$CRON"
}

case $1 in
  install)
    case $NODE in
      /*) ;;
      *) fail "NODE: expected the path of node, got \"$NODE\": name it with make install NODE=/path/of/node" ;;
    esac
    make_user
    install_programs
    install_files
    if ! is_staged && is_root && command -v su >/dev/null &&
      ! su -s /bin/sh -c "'$NODE' --version" "$TGSUSER" >/dev/null 2>&1; then
      say "warning: user $TGSUSER cannot run $NODE: install Node where everybody can reach it"
    fi
    say "installed in ${DESTDIR:-/}; next: tumgreyspf-configtest, then tumgreyspf-install --dry-run"
    ;;
  uninstall)
    if ! is_staged && [ -x "$SBINDIR/tumgreyspf-install" ] && command -v postconf >/dev/null &&
      [ -n "$(postconf -M tumgreyspf/unix 2>/dev/null)" ]; then
      fail "Postfix still asks the policy server: first run tumgreyspf-install --uninstall and postfix reload"
    fi
    for program in "$DESTDIR$TGSPROG"/*.js; do
      name=$(basename "$program" .js)
      # What else bears the name is not ours to remove.
      if grep -qsF " $TGSPROG/$name.js " "$DESTDIR$SBINDIR/$name"; then rm -f "$DESTDIR$SBINDIR/$name"; fi
    done
    for page in man/*.[1-8]; do rm -f "$DESTDIR$MANDIR/man${page##*.}/$(basename "$page")"; done
    rm -rf "$DESTDIR$TGSPROG"
    rm -f "$DESTDIR$CRON" "$DESTDIR$SETTINGS/tumgreyspf.conf.dist" "$DESTDIR$SETTINGS/config/__default__.dist"
    say "uninstalled; kept: the settings in $SETTINGS, the entries in $TGSDATA, the user $TGSUSER"
    ;;
esac
