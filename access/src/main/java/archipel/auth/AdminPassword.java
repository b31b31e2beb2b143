package archipel.auth;

import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The admin's password, from wherever the settings say. */
public final class AdminPassword {
    private AdminPassword() {}

    /**
     * {@link AccountSettings#ADMIN_PASSWORD}, else the first line of {@link AccountSettings#ADMIN_PASSWORD_FILE}; null
     * where neither is given.
     *
     * @throws SettingException when the file cannot be read or is empty
     */
    public static @Nullable String given(Settings settings) {
        String variable = settings.get(AccountSettings.ADMIN_PASSWORD);
        if (!variable.isEmpty()) {
            return variable;
        }
        Path file = settings.get(AccountSettings.ADMIN_PASSWORD_FILE);
        if (file.toString().isEmpty()) {
            return null;
        }
        try {
            String password = Files.readString(file).lines().findFirst().orElse("");
            if (!password.isEmpty()) {
                return password;
            }
        } catch (IOException unreadable) {
            throw new SettingException(
                    "The admin's password file " + file + " cannot be read (" + unreadable.getMessage()
                            + "); correct admin_password_file or leave it out.",
                    unreadable);
        }
        throw new SettingException(
                "The admin's password file " + file + " is empty; its first line has to be the password.");
    }
}
