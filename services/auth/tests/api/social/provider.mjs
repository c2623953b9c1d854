// Somebody else's OpenID provider, for the tests: `node provider.mjs FOLDER PORT CALLBACK`, where FOLDER holds oidc-provider.
//
// Who is asked answers at once, as whom `login_hint` says: an e-mail address is an account of that address, verified unless
// it begins with `unverified`; `nobody` refuses; `silent` is an account without an address. /google has its claims in the ID
// token, /strict (as the standard has it) tells them to who asks with the access token.
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, port, callback] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`));
const base = `http://127.0.0.1:${port}`;

function account(id) {
  const address = id.includes('@') ? { email: id, email_verified: !id.startsWith('unverified') } : {};
  const claims = { sub: `account of ${id.toLowerCase()}`, name: '김 민지', locale: 'en-GB', ...address };
  return { accountId: id, claims: () => claims };
}

function provider(name, conformIdTokenClaims) {
  const oidc = new Provider(`${base}/${name}`, {
    clients: [{
      client_id: 'damacorch', client_secret: 'a secret between us', redirect_uris: [callback.replace('NAME', name)],
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'locale'] },
    conformIdTokenClaims,
    cookies: { keys: ['of no interest'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => account(id),
    interactions: { url: (_, interaction) => `/${name}/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AuthorizationCode: 60, AccessToken: 60, IdToken: 60, Grant: 60, Interaction: 60, Session: 60 },
  });
  const answer = oidc.callback();
  return async (request, response) => {
    request.originalUrl = request.url;
    request.url = request.url.slice(name.length + 1);
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    const { params, grantId } = await oidc.interactionDetails(request, response);
    const accountId = params.login_hint ?? 'minji@example.com';
    if (accountId === 'nobody') {
      const refusal = { error: 'access_denied', error_description: 'not today' };
      return oidc.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
    }
    const grant = grantId ? await oidc.Grant.find(grantId) : new oidc.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const result = { login: { accountId }, consent: { grantId: await grant.save() } };
    return oidc.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  };
}

const providers = { google: provider('google', false), strict: provider('strict', true) };
http.createServer(async (request, response) => {
  try {
    await providers[request.url.split('/')[1]](request, response);
  } catch (error) {
    console.error(request.url, error);
    response.writeHead(500).end();
  }
}).listen(Number(port), '127.0.0.1');
