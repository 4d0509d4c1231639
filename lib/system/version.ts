// The program's version, put in when the programs are built.
export const version = process.env['TUMGREYSPF_VERSION'] ?? 'unbuilt'
