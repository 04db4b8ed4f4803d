// A certified OpenID provider on a free local port, which signs in any account without a password.
//
// Prints one line of JSON, {"issuer"}, and stops when its standard input closes. The first argument is JSON:
//   web_redirects     redirect URIs of browsers and of the mobile app's server codes
//   algorithm         signature algorithm of ID tokens: RS256 (default), PS256, ES256, EdDSA
//   email_in_id_token true (default), or false: only in the profile, as in the standard
//   introspection     true (default), or false: then there is /tokeninfo, as at Google
//   seconds           lifetime of tokens, {"AccessToken", "IdToken"}; an hour by default
//
// Sign in: send the browser to the authorization URL with `login_hint`, the account's e-mail address or `sub`.
// Control, for tests: POST /control with JSON,
//   {"keys": "own" | "forged" | "other"}  published keys: its own, others with the same ids, others
//   {"id_token": "..."}                   returned instead of the next ID token
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

// Standard output is reserved for that line.
console.info = console.error;

const options = { algorithm: 'RS256', email_in_id_token: true, introspection: true, seconds: {}, ...JSON.parse(process.argv[2] ?? '{}') };

const accounts = [
  { sub: 'account-1', email: 'verified@example.com', email_verified: true, name: 'Vera Fied', picture: 'https://pictures.example/vera.jpg' },
  { sub: 'account-2', email: 'second@example.com', email_verified: true, name: 'Second Person' },
  { sub: 'account-3', email: 'unverified@example.com', email_verified: false, name: 'Una Verified' },
  // The first account's address was reassigned to this one.
  { sub: 'account-4', email: 'verified@example.com', email_verified: true, name: 'Vera Later' },
];
const accountOf = (sub) => accounts.find((account) => account.sub === sub);

function makeKeys(suffix) {
  const make = (kind, parameters, kid, alg) => {
    const key = generateKeyPairSync(kind, parameters).privateKey.export({ format: 'jwk' });
    return { ...key, kid: kid + suffix, alg, use: 'sig' };
  };
  return [
    make('rsa', { modulusLength: 2048 }, 'rs', 'RS256'),
    make('rsa', { modulusLength: 2048 }, 'ps', 'PS256'),
    make('ec', { namedCurve: 'P-256' }, 'es', 'ES256'),
    make('ed25519', {}, 'ed', 'EdDSA'),
  ];
}

const published = (keys) => ({ keys: keys.map(({ kty, kid, alg, use, n, e, crv, x, y }) => ({ kty, kid, alg, use, n, e, crv, x, y })) });
const own = makeKeys('');
const control = { keys: 'own', id_token: null };

const app = (client_id, more) => ({ client_id, id_token_signed_response_alg: options.algorithm, ...more });
const publicApp = (client_id, redirect) => app(client_id, {
  redirect_uris: [redirect], application_type: 'native', token_endpoint_auth_method: 'none',
});

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    app('fotota-web', { client_secret: 'web secret/+:', redirect_uris: options.web_redirects ?? ['http://127.0.0.1/back'] }),
    publicApp('fotota-app', 'com.example.fotota:/back'),
    publicApp('other-app', 'com.example.other:/back'),
  ],
  jwks: { keys: own },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture'] },
  conformIdTokenClaims: !options.email_in_id_token,
  cookies: { keys: ['a test'] },
  features: { devInteractions: { enabled: false }, introspection: { enabled: options.introspection } },
  ttl: { AccessToken: () => options.seconds.AccessToken ?? 3600, IdToken: 3600 },
  findAccount: (_, sub) => accountOf(sub) && { accountId: sub, claims: () => accountOf(sub) },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // Every account consents to everything.
  async loadExistingGrant({ oidc }) {
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

// The `ttl` setting does not allow negative values.
if (options.seconds.IdToken) provider.IdToken.expiresIn = () => options.seconds.IdToken;

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

// Google returns numbers as strings.
async function tokenInfo(token) {
  const found = token && await provider.AccessToken.find(token);
  if (!found) return [400, { error: 'invalid_token', error_description: 'Invalid Value' }];
  const { clientId, accountId, exp } = found;
  const { sub, email, email_verified } = accountOf(accountId);
  return [200, { azp: clientId, aud: clientId, sub, exp: `${exp}`, expires_in: '3599', email, email_verified: `${email_verified}` }];
}

provider.use(async (ctx, next) => {
  const { pathname, searchParams } = new URL(ctx.url, issuer);
  if (pathname === '/control') {
    Object.assign(control, JSON.parse(await body(ctx.req)));
    ctx.body = {};
  } else if (pathname === '/tokeninfo' && !options.introspection) {
    [ctx.status, ctx.body] = await tokenInfo(searchParams.get('access_token'));
  } else if (pathname.startsWith('/interaction/')) {
    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    const account = accounts.find(({ sub, email }) => [sub, email].includes(params.login_hint));
    const result = account ? { login: { accountId: account.sub }, consent: {} } : { error: 'access_denied' };
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  } else if (pathname === '/jwks' && control.keys !== 'own') {
    ctx.body = published(makeKeys(control.keys === 'forged' ? '' : '-other'));
  } else {
    await next();
    if (pathname === '/token' && control.id_token && ctx.status === 200) {
      ctx.body.id_token = control.id_token;
      control.id_token = null;
    }
  }
});

server.on('request', provider.callback());
console.log(JSON.stringify({ issuer }));
process.stdin.on('end', () => process.exit()).resume();
