// Somebody else's OAuth provider, for the tests: `node provider.mjs FOLDER PORT CALLBACK`, where FOLDER holds oidc-provider.
//
// Who is asked answers at once, as whom `login_hint` says; `nobody` refuses. Besides, it has what such a provider has: /me says
// who a token's owner is, /posts lists what they wrote. /state says what it was asked, and /mood sets how it answers: `away` to
// be asked to give a token back, `limited` to list posts. /forget lets nobody in
// who came before.
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, port, callback] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`));
const base = `http://127.0.0.1:${port}`;
const asked = { tokens: 0, renewed: 0, revoked: 0, refused: 0, listed: 0 };
let moods = new Set();
let forgotten = 0;

const oidc = new Provider(base, {
  clients: [{
    client_id: 'damacorch', client_secret: 'a secret between us', redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'client_secret_post',
  }],
  claims: { openid: ['sub'] },
  cookies: { keys: ['of no interest'] },
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  pkce: { required: () => true },
  scopes: ['openid', 'posts'],
  ttl: { AuthorizationCode: 60, AccessToken: 600, RefreshToken: 86400, IdToken: 600, Grant: 86400, Interaction: 60, Session: 60 },
});
oidc.on('grant.success', (ctx) => { if (ctx.oidc.params.grant_type === 'refresh_token') asked.renewed += 1; });
oidc.on('grant.error', () => { asked.refused += 1; });
oidc.on('grant.revoked', () => { asked.revoked += 1; });
const answer = oidc.callback();

function say(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function interact(request, response) {
  const { params, grantId } = await oidc.interactionDetails(request, response);
  const accountId = params.login_hint ?? 'minji';
  if (accountId === 'nobody') {
    const refusal = { error: 'access_denied', error_description: 'not today' };
    return oidc.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  const grant = grantId ? await oidc.Grant.find(grantId) : new oidc.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  return oidc.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

// Five posts, two on a page; a page in between holds one only.
function posts(page) {
  const all = [[5, 4], [3], [2, 1]];
  const data = all[page].map((id) => ({ id: `${id}`, text: '등산을 다녀왔다', at: `2026-11-1${id}T00:00:00+0000` }));
  const next = page + 1 < all.length ? `${base}/posts?page=${page + 1}&access_token=in-the-link` : undefined;
  return { data, paging: { next } };
}

async function owned(request, response, url) {
  const token = await oidc.AccessToken.find((request.headers.authorization ?? '').replace('Bearer ', ''));
  if (!token || token.iat * 1000 < forgotten - 1000) return say(response, 401, { error: 'invalid_token' });
  if (url.pathname === '/me') return say(response, 200, { id: token.accountId, name: '김 민지' });
  asked.listed += 1;
  if (moods.has('limited')) return say(response, 400, { error: { code: 4, message: 'Application request limit reached' } });
  return say(response, 200, posts(Number(url.searchParams.get('page') ?? 0)));
}

http.createServer(async (request, response) => {
  const url = new URL(request.url, base);
  try {
    if (url.pathname === '/state') return say(response, 200, asked);
    if (url.pathname === '/mood') {
      moods = new Set(url.searchParams.getAll('is'));
      return say(response, 200, {});
    }
    if (url.pathname === '/forget') {
      forgotten = Date.now();
      return say(response, 200, {});
    }
    if (url.pathname === '/me' || url.pathname === '/posts') return await owned(request, response, url);
    if (url.pathname === '/token') {
      asked.tokens += 1;
      if (moods.has('slow')) await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    if (url.pathname === '/token/revocation' && moods.has('away')) return say(response, 503, {});
    if (url.pathname.startsWith('/interaction/')) return await interact(request, response);
    return await answer(request, response);
  } catch (error) {
    console.error(request.url, error);
    response.writeHead(500).end();
  }
}).listen(Number(port), '127.0.0.1');
