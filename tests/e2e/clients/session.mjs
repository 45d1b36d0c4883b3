// A session with twitter-api-v2, unmodified: it speaks to api.x.com and comes through the TLS front.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { HttpsProxyAgent } from "https-proxy-agent";
import { ApiResponseError, TwitterApi, TwitterV2IncludesHelper } from "twitter-api-v2";

const httpAgent = new HttpsProxyAgent(process.env.HTTPS_PROXY);
const [people, media] = JSON.parse(readFileSync(0, "utf8"));
const [annsClient, bensClient] = people.map((one) => new TwitterApi({
  appKey: one.consumer_key, appSecret: one.consumer_secret,
  accessToken: one.access_token, accessSecret: one.access_token_secret,
}, { httpAgent }));
const [ann, ben] = [annsClient.v2, bensClient.v2];
const [me, him] = people.map((one) => one.id);
const ids = (list) => (list ?? []).map((one) => one.id);

async function eventually(look) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((resume) => setTimeout(resume, 200));
  }
  throw new Error("it never happened");
}

assert.equal((await ann.me()).data.id, me);
// follow, and what arrives at home
assert.ok((await ann.follow(me, him)).data.following);
const first = (await ben.tweet("ben begins, über & co. 😀")).data.id;
await eventually(async () => ids((await ann.homeTimeline({ max_results: 10 })).tweets).includes(first));
// reply, quote, poll
const reply = (await ann.reply("a reply", first)).data.id;
const quote = (await ann.quote("a quote", first)).data.id;
const poll = (await ann.tweet({ text: "?", poll: { options: ["a", "b"], duration_minutes: 5 } })).data.id;
const asked = await ann.singleTweet(poll, {
  expansions: ["attachments.poll_ids"], "poll.fields": ["voting_status"],
});
assert.equal(asked.includes.polls[0].voting_status, "open");
assert.ok(ids((await ben.quotes(first)).tweets).includes(quote));
assert.equal((await ann.tweets([first, reply])).data.length, 2);
const edited = (await ann.tweet({
  text: "a better quote", edit_options: { previous_post_id: quote },
})).data;
assert.deepEqual(edited.edit_history_tweet_ids, [quote, edited.id]);
// like, retweet, bookmark
assert.ok((await ann.like(me, first)).data.liked);
assert.ok((await ann.retweet(me, first)).data.retweeted);
assert.ok((await ann.bookmark(first)).data.bookmarked);
assert.deepEqual(ids((await ann.userLikedTweets(me)).tweets), [first]);
assert.deepEqual(ids((await ann.bookmarks()).tweets), [first]);
assert.deepEqual(ids((await ben.tweetLikedBy(first)).data), [me]);
assert.deepEqual(ids((await ben.tweetRetweetedBy(first)).data), [me]);
await eventually(async () => {
  const counts = (await ben.singleTweet(first, { "tweet.fields": ["public_metrics"] })).data.public_metrics;
  return counts.like_count === 1 && counts.retweet_count === 1 && counts.reply_count === 1;
});
assert.ok(!(await ann.unlike(me, first)).data.liked);
assert.ok(!(await ann.unretweet(me, first)).data.retweeted);
assert.ok(!(await ann.deleteBookmark(first)).data.bookmarked);
// pictures and films, by both versions of the upload, and tweets with them
const picture = Buffer.from(media.picture, "base64");
const film = Buffer.from(media.film, "base64");
const pictures = [
  await ann.uploadMedia(picture, { media_type: "image/png" }),
  await annsClient.v1.uploadMedia(picture, { mimeType: "image/png" }),
];
// asked for at publish.x.com
assert.ok((await annsClient.v1.oembedTweet(first)).html);
await annsClient.v1.createMediaMetadata(pictures[0], { alt_text: { text: "a teal square" } });
const films = [
  await ann.uploadMedia(film, { media_type: "video/mp4" }, 5000),
  await annsClient.v1.uploadMedia(film, { mimeType: "video/mp4", chunkLength: 5000, target: "tweet" }),
];
for (const media_ids of [pictures, ...films.map((one) => [one])]) {
  const shown = (await ann.tweet({ media: { media_ids } })).data.id;
  const { includes } = await ben.singleTweet(shown, {
    expansions: ["attachments.media_keys"], "media.fields": ["alt_text", "type"],
  });
  const kinds = media_ids === pictures ? ["photo", "photo"] : ["video"];
  assert.deepEqual(includes.media.map((one) => one.type), kinds);
}
const moving = await ann.uploadMedia(Buffer.from(media.gif, "base64"), {
  media_type: "image/gif", media_category: "tweet_gif",
});
const thread = await ann.tweetThread(["one", { text: "two", media: { media_ids: [moving] } }]);
const full = await ann.tweets([first, quote, thread[1].data.id, "1"], {
  expansions: ["attachments.media_keys", "author_id", "referenced_tweets.id", "in_reply_to_user_id"],
  "tweet.fields": ["entities", "referenced_tweets", "edit_controls"],
  "media.fields": ["preview_image_url", "variants"],
});
assert.equal(full.errors[0].value, "1");
const helper = new TwitterV2IncludesHelper(full);
assert.equal(helper.author(full.data[0]).id, him);
assert.equal(helper.quote(full.data[1]).id, first);
assert.equal(helper.medias(full.data[2])[0].type, "animated_gif");
assert.equal(helper.repliedTo(full.data[2]).id, thread[0].data.id);
await assert.rejects(
  ann.uploadMedia(Buffer.from(media.unplayable, "base64"), { media_type: "video/mp4" }), /hvc1/,
);
// lists
const list = (await ann.createList({ name: "birds", description: "who sings", private: false })).data.id;
assert.ok((await ann.addListMember(list, him)).data.is_member);
assert.deepEqual(ids((await ben.listMembers(list)).users), [him]);
assert.ok(ids((await ben.listTweets(list)).tweets).includes(first));
assert.ok((await ben.subscribeToList(him, list)).data.following);
assert.ok((await ann.pinList(me, list)).data.pinned);
assert.deepEqual(ids((await ann.listsOwned(me)).lists), [list]);
assert.deepEqual(ids((await ann.listMemberships(him)).lists), [list]);
assert.deepEqual(ids((await ann.listFollowers(list)).users), [him]);
assert.deepEqual(ids((await ben.listFollowed(him)).lists), [list]);
assert.equal((await ben.list(list, { expansions: ["owner_id"] })).includes.users[0].id, me);
assert.ok((await ann.unpinList(me, list)).data.pinned === false);
assert.ok((await ben.unsubscribeOfList(him, list)).data.following === false);
assert.ok((await ann.updateList(list, { name: "songbirds" })).data.updated);
assert.ok((await ann.removeListMember(list, him)).data.is_member === false);
assert.ok((await ann.removeList(list)).data.deleted);
// hide replies, mentions, timelines
assert.ok((await ben.hideReply(reply, true)).data.hidden);
assert.ok(!(await ben.hideReply(reply, false)).data.hidden);
const named = (await ben.tweet(`hello @${people[0].username}`)).data.id;
await eventually(async () => ids((await ann.userMentionTimeline(me)).tweets).includes(named));
const own = await ann.userTimeline(me, { max_results: 20, exclude: "retweets" });
assert.ok(ids(own.tweets).includes(edited.id) && !ids(own.tweets).includes(quote));
const mentions = await ann.userMentionTimeline(me, { since_id: named, max_results: 5 });
assert.deepEqual(ids(mentions.tweets), []);
// pages: to the end, and back
const home = await ann.homeTimeline({ max_results: 2 });
const further = await home.next();
const back = await (await further.next()).previous();
assert.deepEqual(ids(back.tweets), ids(further.tweets));
await home.fetchLast(20);
assert.equal(new Set(ids(home.tweets)).size, home.tweets.length);
// people
assert.equal((await ann.userByUsername(people[1].username)).data.id, him);
assert.deepEqual(ids((await ann.users([him])).data), [him]);
const found = await ann.get("users/search", { query: people[1].username });
assert.ok(ids(found.data).includes(him));
assert.ok(ids((await ann.following(me)).data).includes(him));
assert.ok(ids((await ben.followers(him)).data).includes(me));
assert.ok((await ann.mute(me, him)).data.muting);
assert.deepEqual(ids((await ann.userMutingUsers(me)).users), [him]);
assert.ok(!(await ann.unmute(me, him)).data.muting);
assert.ok((await ann.block(me, him)).data.blocking);
assert.deepEqual(ids((await ann.userBlockingUsers(me)).users), [him]);
assert.ok(!(await ann.unblock(me, him)).data.blocking);
assert.ok((await ann.unfollow(me, him)).data.following === false);
assert.ok((await ann.deleteTweet(poll)).data.deleted);
await assert.rejects(ann.like(me, "1"), (error) => error instanceof ApiResponseError && error.code === 404);
// what was imported with ids of its own: rows.jsonl
const fixed = await ann.user("783214", { "user.fields": ["created_at"] });
assert.deepEqual([fixed.data.username, fixed.data.created_at.slice(0, 4)], ["Twitter", "2007"]);
const pair = await ann.usersByUsernames(["Twitter", "TwitterDev"]);
assert.deepEqual(ids(pair.data), ["783214", "2244994945"]);
const known = await ann.singleTweet("1293593516040269825", {
  expansions: ["author_id"], "tweet.fields": ["created_at", "public_metrics"],
});
assert.equal(known.includes.users[0].id, "2244994945");
assert.equal(known.data.created_at, "2020-08-12T17:01:42.686Z");
assert.equal(known.data.public_metrics.like_count, 1);
assert.deepEqual(ids((await ann.tweetRetweetedBy("1415348607813832708")).data), ["6253282"]);
assert.equal((await ann.list("84839422")).data.name, "Official Twitter Accounts");
assert.equal((await annsClient.v1.singleTweet("145344012")).user.screen_name, "TwitterAPI");
console.log("all done");
