# Removes greylist entries that have expired.
17 4 * * *  tumgreyspf  [ -x /usr/sbin/tumgreyspf-clean ] && /usr/sbin/tumgreyspf-clean --quiet
