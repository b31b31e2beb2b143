package archipel.sessions;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;
import org.springframework.session.MapSession;

/**
 * Keeps an application's HTTP sessions in documents. Needs a bean {@link archipel.client.Archipel}; gives a filter
 * {@code springSessionRepositoryFilter}, as Spring's own annotations of this kind do. For all else there is to set,
 * beans {@code SessionRepositoryCustomizer<DocumentSessionRepository>} are called with the repository before it is
 * used.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Import(ArchipelHttpSessionConfiguration.class)
public @interface EnableArchipelHttpSession {
    /** The database, which is made unless it is there. */
    String database() default "sessions";

    /** After how many seconds without a request a session expires. */
    int maxInactiveIntervalInSeconds() default MapSession.DEFAULT_MAX_INACTIVE_INTERVAL_SECONDS;

    /** How often expired sessions are deleted. */
    int cleanupIntervalInSeconds() default 60;
}
