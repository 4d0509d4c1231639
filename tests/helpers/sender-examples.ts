// What normalizeSenders makes of addresses, for each of its rules: tumgreyspf-config(5) shows the same.

/** An address in lower case with its key, and what two other programs make of it (measured; 1.38 keeps it as it is). */
export interface SenderExample {
  readonly sender: string
  readonly key: string
  readonly recipient?: string
  /** postgrey 1.37's key. */
  readonly postgrey: string
  /** sqlgrey 1.8's key. */
  readonly sqlgrey: string
}

/** By the name of the rule. */
export const senderExamples: Readonly<Record<string, readonly SenderExample[]>> = {
  SRS1: [
    {
      sender: 'srs1=xzfq=first.example==kjsf=5o=example.com=ann@second.example',
      key: 'srs1=first.example=example.com=ann@second.example',
      postgrey: 'srs1=xzfq=first.example==kjsf=5o=example.com=ann@second.example',
      sqlgrey: 'srs1=xzfq=first.example==kjsf=5o=example.com=ann@second.example',
    },
  ],
  SRS0: [
    {
      sender: 'srs0=kjsf=5o=example.com=ann@forwarder.example',
      key: 'srs0=example.com=ann@forwarder.example',
      postgrey: 'srs0=kjsf=5o=example.com=ann@forwarder.example',
      sqlgrey: 'srs0=kjsf=5o=example.com=ann@forwarder.example',
    },
    {
      // A hash may hold a "+", which must not be taken for a tag.
      sender: 'srs0+t+9x=wh=example.com=prvs=143db7279=ann@forwarder.example',
      key: 'srs0=example.com=ann@forwarder.example',
      postgrey: 'srs0@forwarder.example',
      sqlgrey: 'srs0@forwarder.example',
    },
  ],
  BATV: [
    {
      sender: 'prvs=234d5777c=ann.lee@example.com',
      key: 'ann.lee@example.com',
      postgrey: 'ann.lee@example.com',
      sqlgrey: 'prvs=234d5777c=ann.lee@example.com',
    },
    {
      sender: 'prvs=ann.lee=0234d5777c@example.com',
      key: 'ann.lee@example.com',
      postgrey: 'ann.lee@example.com',
      sqlgrey: 'prvs=ann.lee=0234d5777c@example.com',
    },
    {
      sender: 'btv1==5127efe5d2f==ann@example.com',
      key: 'ann@example.com',
      postgrey: 'btv1==5127efe5d2f==ann@example.com',
      sqlgrey: 'btv1==5127efe5d2f==ann@example.com',
    },
    {
      sender: 'msprvs1=18291wmtyd-ix=bounces-234222-17@bounce.example.com',
      key: 'bounces-#-#@bounce.example.com',
      postgrey: 'msprvs1=18291wmtyd-ix=bounces-#-#@bounce.example.com',
      sqlgrey: 'msprvs1=18291wmtyd-ix=bounces-#-#@bounce.example.com',
    },
  ],
  VERP: [
    {
      sender: 'list-return-4711-bob=example.org@lists.example.com',
      recipient: 'bob@example.org',
      key: 'list-return-#-#@lists.example.com',
      postgrey: 'list-return-#-bob=example.org@lists.example.com',
      sqlgrey: 'list-return-#-bob=example.org@lists.example.com',
    },
    {
      sender: 'sentto-12345-678-1400000000-bob=example.org@returns.example.com',
      recipient: 'bob@example.org',
      key: 'sentto-#-#-#-#@returns.example.com',
      postgrey: 'sentto-#-#-#-bob=example.org@returns.example.com',
      sqlgrey: 'sentto-#-678-#-bob=example.org@returns.example.com',
    },
  ],
  '+tag': [
    {
      sender: 'ann+news-2026@example.com',
      key: 'ann@example.com',
      postgrey: 'ann@example.com',
      sqlgrey: 'ann@example.com',
    },
    {
      sender: 'bounces+1234567-9f3a-bob=example.org@em.example.com',
      recipient: 'bob@example.org',
      key: 'bounces@em.example.com',
      postgrey: 'bounces@em.example.com',
      sqlgrey: 'bounces@em.example.com',
    },
  ],
  numbers: [
    {
      sender: 'bounce-12_html-3456789-90210-5551@bounce.example.com',
      key: 'bounce-#_html-#-#-#@bounce.example.com',
      postgrey: 'bounce-12_html-#-#-#@bounce.example.com',
      sqlgrey: 'bounce-#_html-#-90210-#@bounce.example.com',
    },
    {
      sender: '0102018e1c5d7e7f-1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d-000000@ses.example.com',
      key: '#-#-#@ses.example.com',
      postgrey: '0102018e1c5d7e7f-1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d-#@ses.example.com',
      sqlgrey: '0102018e1c5d7e7f-#-5f60-#-8c9d-#-#@ses.example.com',
    },
    {
      sender: 's-2sj9k1xqv07l@bounce.example.com',
      key: 's-#@bounce.example.com',
      postgrey: 's-2sj9k1xqv07l@bounce.example.com',
      sqlgrey: 's-2sj9k1xqv07l@bounce.example.com',
    },
    // People have numbers in their addresses, too.
    {
      sender: '12345678@example.com',
      key: '12345678@example.com',
      postgrey: '#@example.com',
      sqlgrey: '12345678@example.com',
    },
    {
      sender: 'ann.1985@example.com',
      key: 'ann.1985@example.com',
      postgrey: 'ann.#@example.com',
      sqlgrey: 'ann.#@example.com',
    },
    {
      sender: 'anna.bea@example.com',
      key: 'anna.bea@example.com',
      postgrey: 'anna.bea@example.com',
      sqlgrey: 'anna.#@example.com',
    },
  ],
}
