package archipel.auth;

import archipel.settings.Setting.CouchKey;
import org.jspecify.annotations.Nullable;

/** What is wrong with settings that only this package can read: they are stored in any case, as CouchDB does. */
public final class SettingFaults {
    private SettingFaults() {}

    /** Why a value cannot be used at that place of {@code _config}; null where it can, or is not for this package. */
    public static @Nullable String of(CouchKey key, String value) {
        if (key.section().equals(TokenKeys.SECTION)) {
            return TokenKeys.fault(key.key(), value);
        }
        return AccountSettings.PASSWORD_REGEXP.couch().contains(key) ? PasswordRules.fault(value) : null;
    }
}
