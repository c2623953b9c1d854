-- The places where members write, what is known of their posts, and the jobs that read them. Every key of members' data leads
-- with user_id, so that a member's rows lie together and are exported and erased by one predicate. Jobs are the exception.

-- What a member can connect, as data. Those of kind 'oauth' say where their provider is and what it is asked:
--   authorize_url, token_url, scopes, scope_separator, client_auth ('basic' or 'body'): RFC 6749.
--   exchange_url, refresh_url: where the first token is exchanged for a longer one and that one prolonged, by GET (Meta).
--   revocation: {"url", "how"}: 'token' (RFC 7009), 'bearer' (a POST by the token itself), 'grant' (grant_type=delete).
--   profile: {"url", "id", "name"}: who the member is there; id and name are JSON pointers into the answer.
--   posts: {"url", "items", "id", "text", "published_at", "next"}: their own posts, newest first; null for identity only.
CREATE TABLE sns_channels (
    key text NOT NULL,
    position smallint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    authorize_url text,
    token_url text,
    scopes text[] NOT NULL DEFAULT '{}',
    scope_separator text NOT NULL DEFAULT ' ',
    client_auth text NOT NULL DEFAULT 'body',
    exchange_url text,
    refresh_url text,
    revocation jsonb,
    profile jsonb,
    posts jsonb,
    CONSTRAINT sns_channels_pkey PRIMARY KEY (key),
    CONSTRAINT sns_channels_kind CHECK (kind IN ('feed', 'mastodon', 'bluesky', 'oauth')),
    CONSTRAINT sns_channels_client_auth CHECK (client_auth IN ('basic', 'body')),
    CONSTRAINT sns_channels_oauth CHECK (
        (kind = 'oauth') = (authorize_url IS NOT NULL AND token_url IS NOT NULL AND profile IS NOT NULL)
    )
);

-- What was told of a member last. The row is also what changes of a member wait for each other on.
CREATE TABLE member_topics (
    user_id uuid NOT NULL,
    topics jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT member_topics_pkey PRIMARY KEY (user_id)
);

-- An account counts once the member has shown that it is theirs: by the proof, found in its posts or description, or by
-- the provider's own word. One that is leaving counts no more.
CREATE TABLE user_sns_accounts (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    -- A feed's or profile's URL, a handle, or the provider's id of the member.
    address text NOT NULL,
    name text NOT NULL,
    proof text NOT NULL,
    state text NOT NULL,
    connected_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    leaving_at timestamptz,
    -- Whether everything behind the newest known post is known: then reading ends where known posts begin.
    is_whole boolean NOT NULL DEFAULT false,
    etag text,
    last_modified text,
    imported_at timestamptz,
    -- When it is read again by itself.
    import_at timestamptz,
    CONSTRAINT user_sns_accounts_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT user_sns_accounts_once UNIQUE (user_id, channel, address),
    CONSTRAINT user_sns_accounts_channel_fkey FOREIGN KEY (channel) REFERENCES sns_channels,
    CONSTRAINT user_sns_accounts_state CHECK (state IN ('connected', 'consent_needed', 'leaving'))
);
CREATE INDEX user_sns_accounts_import_at ON user_sns_accounts (import_at) WHERE import_at IS NOT NULL;
-- By what a provider calls them when it asks for deletion.
CREATE INDEX user_sns_accounts_address ON user_sns_accounts (channel, address);
-- By what a revocation knows of them.
CREATE INDEX user_sns_accounts_leaving ON user_sns_accounts (id) WHERE state = 'leaving';

-- What is kept of a post: that it was counted, its day, its topics.
CREATE TABLE sns_posts (
    user_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- SHA-256 over the account and the post's own id, cut to 16 bytes.
    post bytea NOT NULL,
    day date NOT NULL,
    topics text[] NOT NULL,
    CONSTRAINT sns_posts_pkey PRIMARY KEY (user_id, account_id, post)
);

-- Jobs, and what became of them. Whoever works on one holds it by its fence until due_at; every write asks for the fence.
CREATE TABLE sns_imports (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    status text NOT NULL,
    fetched integer NOT NULL DEFAULT 0,
    new integer NOT NULL DEFAULT 0,
    topics text[] NOT NULL DEFAULT '{}',
    started_at timestamptz,
    finished_at timestamptz,
    -- When somebody may take it (again); none when it is over.
    due_at timestamptz,
    resume_at timestamptz,
    error text,
    fence integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    -- Whether everything behind the newest known post was known when it was asked for.
    until_known boolean NOT NULL,
    -- The page to read next; none at the beginning.
    cursor text,
    CONSTRAINT sns_imports_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT sns_imports_status CHECK (status IN ('queued', 'running', 'paused', 'succeeded', 'failed')),
    CONSTRAINT sns_imports_over CHECK ((finished_at IS NULL) = (due_at IS NOT NULL))
);
CREATE UNIQUE INDEX sns_imports_one_an_account ON sns_imports (user_id, account_id) WHERE finished_at IS NULL;
CREATE INDEX sns_imports_due ON sns_imports (due_at) WHERE due_at IS NOT NULL;

-- What providers gave us to ask in the member's name, sealed under the settings' keys.
CREATE TABLE sns_tokens (
    user_id uuid NOT NULL,
    account_id uuid NOT NULL,
    channel text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz,
    scopes text[] NOT NULL,
    -- Until then one replica renews it.
    renewing_until timestamptz,
    CONSTRAINT sns_tokens_pkey PRIMARY KEY (user_id, account_id)
);

-- Tokens that are ours no more, and of which the provider has not heard it yet. Nobody is named here: a revocation outlives
-- the member who left.
CREATE TABLE sns_revocations (
    account_id uuid NOT NULL,
    channel text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    CONSTRAINT sns_revocations_pkey PRIMARY KEY (account_id)
);
CREATE INDEX sns_revocations_due ON sns_revocations (due_at);

-- Whichever way a token leaves, disconnected, erased, at the provider's wish, it is revoked.
CREATE FUNCTION revoke_token() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO sns_revocations (account_id, channel, key_id, sealed, due_at)
        SELECT OLD.account_id, OLD.channel, OLD.key_id, OLD.sealed, to_timestamp(0)
        FROM sns_channels WHERE key = OLD.channel AND revocation IS NOT NULL
        ON CONFLICT DO NOTHING;
    RETURN OLD;
END $$;
CREATE TRIGGER sns_tokens_revoked AFTER DELETE ON sns_tokens FOR EACH ROW EXECUTE FUNCTION revoke_token();

-- Rounds to a provider that have not come back, by the hash of their state.
CREATE TABLE sns_rounds (
    user_id uuid NOT NULL,
    state bytea NOT NULL,
    channel text NOT NULL,
    key_id text NOT NULL,
    verifier bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sns_rounds_pkey PRIMARY KEY (user_id, state)
);
CREATE INDEX sns_rounds_expires_at ON sns_rounds (expires_at);

-- Deletions that a provider has asked for, by the code that it may show. Nobody is named.
CREATE TABLE sns_deletions (
    code uuid NOT NULL,
    done_at timestamptz NOT NULL,
    CONSTRAINT sns_deletions_pkey PRIMARY KEY (code)
);

-- Who was erased in the last day (crates/events): a late word or job must not bring them back.
CREATE TABLE erasures (
    user_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (user_id)
);

-- Answers kept for Idempotency-Key (crates/idempotency).
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

INSERT INTO sns_channels (position, key, name, kind) VALUES
    (1, 'naver-blog', '네이버 블로그', 'feed'),
    (2, 'tistory', '티스토리', 'feed'),
    (3, 'brunch', '브런치스토리', 'feed'),
    (4, 'velog', 'velog', 'feed'),
    (5, 'medium', 'Medium', 'feed'),
    (6, 'youtube', 'YouTube', 'feed'),
    (7, 'feed', 'RSS / Atom', 'feed'),
    (8, 'mastodon', 'Mastodon', 'mastodon'),
    (9, 'bluesky', 'Bluesky', 'bluesky');

INSERT INTO sns_channels (position, key, name, kind, authorize_url, token_url, scopes, scope_separator, client_auth,
                          exchange_url, refresh_url, revocation, profile, posts) VALUES
    (10, 'youtube-account', 'YouTube', 'oauth',
     'https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent', 'https://oauth2.googleapis.com/token',
     '{https://www.googleapis.com/auth/youtube.readonly}', ' ', 'body', NULL, NULL,
     '{"url": "https://oauth2.googleapis.com/revoke", "how": "token"}',
     '{"url": "https://www.googleapis.com/youtube/v3/channels?part=snippet,contentDetails&mine=true", "id": "/items/0/contentDetails/relatedPlaylists/uploads", "name": "/items/0/snippet/title"}',
     '{"url": "https://www.googleapis.com/youtube/v3/playlistItems?part=snippet,contentDetails&maxResults=50&playlistId={id}",
       "items": "/items", "id": "/contentDetails/videoId", "text": ["/snippet/title", "/snippet/description"],
       "published_at": "/contentDetails/videoPublishedAt", "next": {"token": "/nextPageToken", "parameter": "pageToken"}}'),
    (11, 'instagram', 'Instagram', 'oauth',
     'https://www.instagram.com/oauth/authorize', 'https://api.instagram.com/oauth/access_token',
     '{instagram_business_basic}', ',', 'body',
     'https://graph.instagram.com/access_token?grant_type=ig_exchange_token',
     'https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token', NULL,
     '{"url": "https://graph.instagram.com/me?fields=id,username", "id": "/id", "name": "/username"}',
     '{"url": "https://graph.instagram.com/me/media?fields=id,caption,timestamp&limit=50",
       "items": "/data", "id": "/id", "text": ["/caption"], "published_at": "/timestamp", "next": {"url": "/paging/next"}}'),
    (12, 'threads', 'Threads', 'oauth',
     'https://threads.net/oauth/authorize', 'https://graph.threads.net/oauth/access_token',
     '{threads_basic}', ',', 'body',
     'https://graph.threads.net/access_token?grant_type=th_exchange_token',
     'https://graph.threads.net/refresh_access_token?grant_type=th_refresh_token', NULL,
     '{"url": "https://graph.threads.net/v1.0/me?fields=id,username", "id": "/id", "name": "/username"}',
     '{"url": "https://graph.threads.net/v1.0/me/threads?fields=id,text,timestamp&limit=50",
       "items": "/data", "id": "/id", "text": ["/text"], "published_at": "/timestamp", "next": {"url": "/paging/next"}}'),
    (13, 'x', 'X', 'oauth',
     'https://x.com/i/oauth2/authorize', 'https://api.x.com/2/oauth2/token',
     '{tweet.read,users.read,offline.access}', ' ', 'basic', NULL, NULL,
     '{"url": "https://api.x.com/2/oauth2/revoke", "how": "token"}',
     '{"url": "https://api.x.com/2/users/me", "id": "/data/id", "name": "/data/username"}',
     '{"url": "https://api.x.com/2/users/{id}/tweets?exclude=retweets&tweet.fields=created_at&max_results=100",
       "items": "/data", "id": "/id", "text": ["/text"], "published_at": "/created_at",
       "next": {"token": "/meta/next_token", "parameter": "pagination_token"}}'),
    (14, 'kakao', '카카오', 'oauth',
     'https://kauth.kakao.com/oauth/authorize', 'https://kauth.kakao.com/oauth/token',
     '{}', ',', 'body', NULL, NULL,
     '{"url": "https://kapi.kakao.com/v1/user/unlink", "how": "bearer"}',
     '{"url": "https://kapi.kakao.com/v2/user/me", "id": "/id", "name": "/properties/nickname"}', NULL),
    (15, 'naver', '네이버', 'oauth',
     'https://nid.naver.com/oauth2.0/authorize', 'https://nid.naver.com/oauth2.0/token',
     '{}', ' ', 'body', NULL, NULL,
     '{"url": "https://nid.naver.com/oauth2.0/token", "how": "grant"}',
     '{"url": "https://openapi.naver.com/v1/nid/me", "id": "/response/id", "name": "/response/nickname"}', NULL),
    (16, 'google', 'Google', 'oauth',
     'https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent', 'https://oauth2.googleapis.com/token',
     '{openid,profile}', ' ', 'body', NULL, NULL,
     '{"url": "https://oauth2.googleapis.com/revoke", "how": "token"}',
     '{"url": "https://openidconnect.googleapis.com/v1/userinfo", "id": "/sub", "name": "/name"}', NULL);
