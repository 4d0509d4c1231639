// Parses a message in a mailbox.

/** Its headers from the top, each unfolded to one line (RFC 5322, section 2.2.3). */
export function readHeaders(message: string): readonly string[] {
  const [head = ''] = message.replaceAll('\r\n', '\n').split('\n\n', 1)
  return head.replace(/\n(?=[ \t])/g, '').split('\n')
}
