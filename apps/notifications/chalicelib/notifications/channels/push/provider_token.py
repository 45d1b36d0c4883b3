"""APNs' provider token: one per process and fifty minutes."""

import threading

from chalicelib.notifications.channels import configuration
from chalicelib.notifications.core.message import ConfigurationFailure

from shared.base.clock import now_seconds
from shared.base.process import process

# Apple refuses tokens older than an hour, and new ones more often than every twenty minutes.
LIFE_SECONDS = 50 * 60
LEAST_SECONDS = 20 * 60


class ProviderToken:
    """An ES256 JWT that all threads share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token, self._issued_at = "", 0

    def get(self) -> str:
        """Return the token, signed anew when it is fifty minutes old.

        Raises:
            ConfigurationFailure: key, key id or team id are missing or unusable.
        """
        with self._lock:
            if not self._token or now_seconds() - self._issued_at >= LIFE_SECONDS:
                self._sign()
            return self._token

    def replace(self, refused: str) -> bool:
        """Sign anew since APNs refused a token; False if that is too early.

        Threads that were refused together get one new token.
        """
        with self._lock:
            if refused != self._token:
                return True
            # A clock ahead of Apple's cannot be cured by signing again.
            if now_seconds() - self._issued_at < LEAST_SECONDS:
                return False
            self._sign()
            return True

    def _sign(self) -> None:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import ECKey

        key, key_id, team = configuration.required("APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID")
        now = now_seconds()
        try:
            signed = jwt.encode(
                {"alg": "ES256", "kid": key_id}, {"iss": team, "iat": now}, ECKey.import_key(key)
            )
        except (JoseError, ValueError) as error:
            raise ConfigurationFailure("APNS_KEY_FILE holds no EC key") from error
        self._token, self._issued_at = signed, now


provider_token = process.lasting(ProviderToken)
