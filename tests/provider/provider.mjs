// An OpenID Connect provider on a free port of this machine: whoever types a name at its log-in form is that subject.
// node provider.mjs REDIRECT_URI   prints its issuer, then serves until it is ended.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer().listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "registry", client_secret: "a secret of the tests", redirect_uris: [process.argv[2]] }],
    pkce: { required: () => true },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
