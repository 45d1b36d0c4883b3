// The OAuth 1.0a login of twitter-api-v2, unmodified: first the link, then the tokens.
import { readFileSync } from "node:fs";
import { HttpsProxyAgent } from "https-proxy-agent";
import { TwitterApi } from "twitter-api-v2";

const httpAgent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
const [appKey, appSecret, callback, accessToken, accessSecret, verifier] = JSON.parse(readFileSync(0, "utf8"));
if (accessToken) {
  const asking = new TwitterApi({ appKey, appSecret, accessToken, accessSecret }, { httpAgent });
  const { client, userId, screenName } = await asking.login(verifier);
  const me = (await client.currentUser()).screen_name;
  console.log(JSON.stringify({ userId, screenName, me }));
} else {
  const asking = new TwitterApi({ appKey, appSecret }, { httpAgent });
  console.log(JSON.stringify(await asking.generateAuthLink(callback, { linkMode: "authorize" })));
}
