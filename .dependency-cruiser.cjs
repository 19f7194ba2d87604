/** Imports go one way: main, cli → api, federation → (assistants → memory → conversations →) handlers, projections → events → ledger.
 * See docs/adr/0001-layout.md and 0019-folders-of-the-vault.md.  */
const below = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to: { path: to } })
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    below('ledger-is-the-bottom', '^src/ledger', '^src/(?!ledger)'),
    { name: 'tlog-stands-alone', severity: 'error', from: { path: '^src/ledger/tlog' }, to: { pathNot: '^(src/ledger/tlog/|(node:)?crypto$)' } },
    below('audit-shares-only-the-pure-core', '^src/ledger/audit', '^src/ledger/(sequencer|store|ledger|keyring|migrate)'),
    below('events-know-only-the-ledger', '^src/events', '^src/(?!events|ledger/types)'),
    below('handlers-know-events-and-ledger', '^src/handlers', '^src/(?!handlers|events|ledger)'),
    below('projections-know-events-and-ledger', '^src/projections', '^src/(?!projections|events|ledger)'),
    below('api-never-federation', '^src/api', '^src/(federation|cli|main)'),
    below('the-browser-verifier-stands-alone', '^src/api/pages/audit/browser', '^src/(?!api/pages/audit/browser)'),
    below('federation-never-api', '^src/federation', '^src/(api|cli|main)'),
    below('conversations-below-memory', '^src/conversations', '^src/(?!conversations|handlers|projections|events|ledger|host)'),
    below('memory-below-assistants', '^src/memory', '^src/(?!memory|conversations|handlers|projections|events|ledger|host)'),
    below('assistants-below-api', '^src/assistants', '^src/(?!assistants|memory|conversations|handlers|projections|events|ledger|host)'),
    { name: 'parsers-reach-nothing', severity: 'error', from: { path: '^src/conversations/(importers|json)' }, to: { path: '^src/(host|handlers|ledger|projections)' } },
    { name: 'no-model-in-memory', severity: 'error', from: { path: '^src/(memory|conversations)' }, to: { path: 'node_modules/(ai|@ai-sdk)/' } },
    below('host-serves-everyone', '^src/host', '^src/(?!host)'),
    { name: 'one-reader-of-the-environment', severity: 'error', from: { path: '^src/(?!config|main|instance|cli)' }, to: { path: '^src/config' } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, parser: 'swc', enhancedResolveOptions: { extensions: ['.ts', '.js'] } },
}
