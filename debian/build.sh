#!/bin/sh
# Makes the Debian package build/tumgreyspf_VERSION_ARCH.deb with dpkg-deb alone; "make deb" calls it.
set -eu
umask 022

tree=$STAGE-deb
version=$("$(command -v node)" -p 'require("./package.json").version')
architecture=$(dpkg --print-architecture)
rm -rf "$tree"

# The data directory stays where the programs look for it without any setting, so that a settings file of an older
# program works as it is; a package must not ship such a directory, postinst makes it.
DESTDIR=$tree TGSPROG=/usr/lib/tumgreyspf TGSDATA=/var/local/lib/tumgreyspf TGSUSER=tumgreyspf SBINDIR=/usr/sbin \
  MANDIR=/usr/share/man DOCDIR=/usr/share/doc/tumgreyspf SETTINGS=/etc/tumgreyspf CRON=/etc/cron.d/tumgreyspf NODE=$NODE NODEFLAGS=$NODEFLAGS STAGE=$STAGE \
  sh dist-config/packaging/install.sh install >/dev/null
rm -rf "$tree/var"
# postinst makes it anew, and prerm removes it.
rm -f "$tree"/usr/lib/tumgreyspf/parts/*.code
find "$tree/usr/share/man" -type f -exec gzip -9n {} +
rm "$tree/usr/lib/tumgreyspf/LICENSE"
documents=$tree/usr/share/doc/tumgreyspf
mkdir -p "$documents"
cp debian/copyright "$documents/copyright"
gzip -9nc CHANGELOG.md > "$documents/changelog.gz"
rm "$documents/CHANGELOG.md"

mkdir "$tree/DEBIAN"
for script in postinst prerm postrm; do
  sed "s|@NODE@|$NODE|g; s|@NODEFLAGS@|$NODEFLAGS|g" "debian/$script" > "$tree/DEBIAN/$script"
  chmod 755 "$tree/DEBIAN/$script"
done
cp debian/conffiles "$tree/DEBIAN/conffiles"
echo "interest-noawait $NODE" > "$tree/DEBIAN/triggers"
# Debian's node is asked for by its package. A node from elsewhere is no package that could be asked for.
depends='adduser, libc6, libstdc++6'
if [ "$NODE" = /usr/bin/node ]; then depends="nodejs (>= 20.19), $depends"; fi
sed -e "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@DEPENDS@|$depends|" \
  -e "s|@SIZE@|$(du -sk --exclude=DEBIAN "$tree" | cut -f1)|" debian/control > "$tree/DEBIAN/control"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
chmod 644 "$tree/DEBIAN/control" "$tree/DEBIAN/conffiles" "$tree/DEBIAN/triggers" "$tree/DEBIAN/md5sums"

package=$(dirname "$STAGE")/tumgreyspf_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
echo "$package"
