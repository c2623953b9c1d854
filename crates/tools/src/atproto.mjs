// network FOLDER PDS PLC: a PDS and a PLC of the dev-env in FOLDER, at these ports of loopback, until it is ended.
// account URL NAME: an account at the PDS, whose posts come by the input, parted by NULs; prints its DID.
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const [, , what, ...rest] = process.argv
await { network, account }[what](...rest)

async function network(folder, pds, plc) {
  // Its servers would listen on every address that the machine has.
  const listen = net.Server.prototype.listen
  net.Server.prototype.listen = function (port, ...more) {
    return listen.call(this, port, '127.0.0.1', ...more.filter((it) => typeof it !== 'string'))
  }
  // Not by the package's name: its front door brings the whole of Bluesky with it.
  const parts = `${folder}/node_modules/@atproto/dev-env/dist/network-no-appview.js`
  const { TestNetworkNoAppView } = await import(pathToFileURL(parts))
  await TestNetworkNoAppView.create({ pds: { port: Number(pds) }, plc: { port: Number(plc) } })
}

async function account(url, name) {
  const posts = (await text(process.stdin)).split('\0').filter((post) => post)
  const { did, accessJwt } = await call(url, 'com.atproto.server.createAccount', {
    handle: `${name}.test`,
    email: `${name}@example.org`,
    password: 'a password for tests',
  })
  for (const post of posts) {
    const record = { $type: 'app.bsky.feed.post', text: post, createdAt: new Date().toISOString() }
    const body = { repo: did, collection: 'app.bsky.feed.post', record }
    await call(url, 'com.atproto.repo.createRecord', body, accessJwt)
  }
  console.log(did)
}

async function call(url, method, body, token) {
  const headers = { 'content-type': 'application/json' }
  if (token) headers.authorization = `Bearer ${token}`
  const answer = await fetch(`${url}/xrpc/${method}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
