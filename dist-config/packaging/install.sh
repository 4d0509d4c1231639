#!/bin/sh
# Installs and uninstalls what is in the directory STAGE, man and dist-config; make calls it with all places in the
# environment. What can be wrong is checked before anything is changed. Existing settings and data are left as they are.
set -eu
umask 022

say() { echo "$*"; }
fail() { echo "install: $*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
# A tree is for another machine: there is no user to make here, and no Postfix to look at.
is_staged() { [ -n "$DESTDIR" ]; }
user_exists() { id -u "$TGSUSER" >/dev/null 2>&1; }
gives_to_user() { is_root && user_exists; }

check_node() {
  case $NODE in
    /*) ;;
    *) fail "NODE: expected the path of node, got \"$NODE\": name it with make install NODE=/path/of/node" ;;
  esac
  # Only a first installation: working programs are not replaced by launchers that may not start.
  if is_staged && [ ! -e "$NODE" ] && [ ! -e "$DESTDIR$TGSPROG" ]; then
    say "warning: NODE: $NODE is not on this machine, and was not checked"
    return
  fi
  # shellcheck disable=SC2086 # NODEFLAGS are words
  version=$("$NODE" $NODEFLAGS -p process.versions.node 2>/dev/null) ||
    fail "NODE: cannot run \"$NODE${NODEFLAGS:+ $NODEFLAGS}\": nothing was changed"
  case $version in
    [0-9]*.[0-9]*.[0-9]*) ;;
    *) fail "NODE: \"$NODE${NODEFLAGS:+ $NODEFLAGS}\" is not Node: nothing was changed" ;;
  esac
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  if [ "$major" -lt 20 ] || { [ "$major" = 20 ] && [ "$minor" -lt 19 ]; }; then
    fail "NODE: expected Node 20.19 or later, $NODE is $version: nothing was changed"
  fi
  # It halves the memory that strangers' long DNS answers can take (98 MiB instead of 200), and costs nothing. Node 20
  # takes half as much anyway, and would start 5 ms later.
  if [ "$major" -ge 22 ]; then NODEFLAGS=${NODEFLAGS:---max-semi-space-size=8}; fi
}

# Who owns the directory above the data can put a link in its place.
check_data() {
  directory=$DESTDIR$TGSDATA
  if is_root && [ -d "$directory" ] && [ -n "$(find -H "$directory" -prune ! -user 0)" ]; then
    if [ -d "$directory/data" ]; then say "warning: $TGSDATA should belong to root: chown root $TGSDATA; chmod 755 $TGSDATA"
    else fail "$TGSDATA: expected a directory owned by root: chown root $TGSDATA; chmod 755 $TGSDATA; nothing was changed"
    fi
  fi
}

make_user() {
  if is_staged || user_exists; then return; fi
  if command -v useradd >/dev/null; then
    useradd --system --user-group --home-dir "$TGSDATA" --no-create-home --shell /usr/sbin/nologin "$TGSUSER"
  elif command -v pw >/dev/null; then
    pw useradd "$TGSUSER" -d "$TGSDATA" -s /usr/sbin/nologin -c 'tumgreyspf policy server'
  else
    fail "user $TGSUSER: no such user, and no useradd or pw to create it: create it and try again"
  fi
  say "created the system user $TGSUSER"
}

# Starts the program in $1 as the policy user, with next to no environment, as Postfix does.
can_start() {
  starter='const [uid, gid, ...words] = process.argv.slice(1)
    const user = uid === "" ? {} : { uid: Number(uid), gid: Number(gid) }
    const { status } = require("child_process").spawnSync(process.execPath, words, { ...user, env: {}, cwd: "/" })
    process.exit(status ?? 1)'
  uid='' gid=''
  if gives_to_user; then uid=$(id -u "$TGSUSER") gid=$(id -g "$TGSUSER"); fi
  # shellcheck disable=SC2086
  "$NODE" -e "$starter" -- "$uid" "$gid" $NODEFLAGS "$1/tumgreyspf.js" --version
}

install_programs() {
  programs=$DESTDIR$TGSPROG
  mkdir -p "$(dirname "$programs")"
  rm -rf "$programs.new"
  trap 'rm -rf "$programs.new"' EXIT
  cp -R "$STAGE" "$programs.new"
  if is_root; then chown -R 0:0 "$programs.new"; fi
  # The build's node and flags may be others than the launchers'. A node of another machine makes its code there, or
  # compiles at each start.
  # shellcheck disable=SC2086
  if ! "$NODE" $NODEFLAGS "$programs.new/parts/write-code-cache.mjs" 2>/dev/null; then
    say "warning: $NODE could not prepare the programs here: each start will take longer"
  fi
  if ! is_staged && ! can_start "$programs.new"; then
    fail "user $TGSUSER cannot run $NODE: install Node where all users can run it; nothing was changed"
  fi
  # The new directory takes the place of the old one at once.
  if [ -e "$programs" ]; then rm -rf "$programs.old"; mv "$programs" "$programs.old"; fi
  mv "$programs.new" "$programs"
  rm -rf "$programs.old"

  mkdir -p "$DESTDIR$SBINDIR"
  for program in "$STAGE"/*.js; do
    name=$(basename "$program" .js)
    launcher=$DESTDIR$SBINDIR/$name
    # Postfix would read as an answer what Node itself writes to descriptor 2, for example when it finds no memory.
    quiet=
    if [ "$name" = tumgreyspf ]; then quiet='[ -t 2 ] || exec 2>/dev/null; '; fi
    printf '#!/bin/sh\n%sexec %s "$@"\n' "$quiet" "$NODE${NODEFLAGS:+ $NODEFLAGS} $TGSPROG/$name.js" > "$launcher.new"
    chmod 755 "$launcher.new"
    mv "$launcher.new" "$launcher"
  done
}

tools() { sed -n '1s/^#compdef //p' dist-config/completion/tumgreyspf; }

install_documents() {
  for page in man/*.[1-8]; do
    section=$DESTDIR$MANDIR/man${page##*.}
    mkdir -p "$section"
    install -m 644 "$page" "$section/$(basename "$page")"
  done
  # bash looks for a file of the program's name, zsh for one that names all.
  mkdir -p "$DESTDIR$BASHCOMPLETIONS" "$DESTDIR$ZSHCOMPLETIONS"
  install -m 644 dist-config/completion/tumgreyspf "$DESTDIR$ZSHCOMPLETIONS/_tumgreyspf"
  for tool in $(tools); do ln -sf "$ZSHCOMPLETIONS/_tumgreyspf" "$DESTDIR$BASHCOMPLETIONS/$tool"; done
  mkdir -p "$DESTDIR$DOCDIR"
  install -m 644 README.md CHANGELOG.md dist-config/requests dist-config/prometheus/* "$DESTDIR$DOCDIR"
  # It finds the driver of MongoDB beside its own place.
  ln -sf "$TGSPROG/prepare-mongodb.mjs" "$DESTDIR$DOCDIR/prepare-mongodb.mjs"
}

# install_settings SOURCE TARGET MODE: an existing file is kept; ours goes beside it if it differs.
install_settings() {
  if [ ! -e "$2" ]; then make_file "$1" "$2" "$3"
  elif cmp -s "$1" "$2"; then rm -f "$2.dist"
  else
    make_file "$1" "$2.dist" "$3"
    say "kept ${2#"$DESTDIR"}; the new sample is ${2#"$DESTDIR"}.dist"
  fi
}
make_file() {
  rm -f "$2.new"
  install -m "$3" "$1" "$2.new"
  # It may come to hold a password: root writes it, the policy user reads it, nobody else does.
  if [ "$3" = 640 ] && gives_to_user; then chgrp "$(id -g "$TGSUSER")" "$2.new"; fi
  mv -f "$2.new" "$2"
}

install_files() {
  directory=$DESTDIR$SETTINGS
  mkdir -p "$directory/config" "$DESTDIR$(dirname "$CRON")"
  # Another data directory than the programs' default has to be named in the settings.
  sample=$STAGE.conf
  if [ "$TGSDATA" = /var/local/lib/tumgreyspf ]; then cp dist-config/tumgreyspf.conf "$sample"
  else sed "s|^dbUrl = None\$|dbUrl = 'sqlite://$TGSDATA/data/tumgreyspf.db'|" dist-config/tumgreyspf.conf > "$sample"
  fi
  install_settings "$sample" "$directory/tumgreyspf.conf" 640
  install_settings dist-config/__default__ "$directory/config/__default__" 644

  cat > "$DESTDIR$CRON" <<END
# Removes greylist entries that have expired.
17 4 * * *  $TGSUSER  [ -x $SBINDIR/tumgreyspf-clean ] && $SBINDIR/tumgreyspf-clean --quiet
END
  chmod 644 "$DESTDIR$CRON"
}

# With the directory of the embedded store, so that the tools find an empty store before the first mail comes.
make_data() {
  directory=$DESTDIR$TGSDATA
  if [ ! -e "$directory" ]; then
    mkdir -p "$directory"
    # Debian's /var/local hands its group down.
    chmod u=rwx,go=rx,g-s "$directory"
    if is_root; then chown 0:0 "$directory"; fi
  fi
  # Whatever is there is left as it is: it may be a link of the policy user's.
  if [ -e "$directory/data" ] || [ -L "$directory/data" ]; then return; fi
  mkdir "$directory/data"
  chmod u=rwx,go=,g-s "$directory/data"
  if gives_to_user; then chown -h "$(id -u "$TGSUSER"):$(id -g "$TGSUSER")" "$directory/data"; fi
}

case $1 in
  install)
    check_node
    check_data
    make_user
    install_programs
    install_documents
    install_files
    make_data
    say "installed in ${DESTDIR:-/}; next: tumgreyspf-configtest, then tumgreyspf-install --dry-run"
    ;;
  uninstall)
    if ! is_staged && [ -x "$SBINDIR/tumgreyspf-install" ] && command -v postconf >/dev/null &&
      [ -n "$(postconf -M tumgreyspf/unix 2>/dev/null)" ]; then
      fail "Postfix still asks the policy server: first run tumgreyspf-install --uninstall and postfix reload"
    fi
    for program in "$DESTDIR$TGSPROG"/*.js; do
      name=$(basename "$program" .js)
      # Another program of that name is not ours to remove.
      if grep -qsF " $TGSPROG/$name.js " "$DESTDIR$SBINDIR/$name"; then rm -f "$DESTDIR$SBINDIR/$name"; fi
    done
    for page in man/*.[1-8]; do rm -f "$DESTDIR$MANDIR/man${page##*.}/$(basename "$page")"; done
    for tool in $(tools); do rm -f "$DESTDIR$BASHCOMPLETIONS/$tool"; done
    rm -f "$DESTDIR$ZSHCOMPLETIONS/_tumgreyspf"
    rm -rf "$DESTDIR$TGSPROG" "$DESTDIR$DOCDIR"
    rm -f "$DESTDIR$CRON" "$DESTDIR$SETTINGS/tumgreyspf.conf.dist" "$DESTDIR$SETTINGS/config/__default__.dist"
    say "uninstalled; kept: the settings in $SETTINGS, the entries in $TGSDATA, the user $TGSUSER"
    ;;
esac
