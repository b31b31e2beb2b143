package archipel.settings;

import java.util.Locale;

/** An enum's constant that is written as its name in lower case where it is a setting's value. */
public interface Word {
    String name();

    default String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
