package archipel.administration;

import archipel.auth.Admins;
import archipel.auth.NodeAuthenticator;
import archipel.http.HttpServices;
import archipel.settings.Settings;

/** What the endpoints that are about the node itself work with besides {@link HttpServices}. */
public record Administration(
        Settings settings, NodeAuthenticator authenticator, Admins admins, RequestCounts counts, Uuids uuids) {}
