package archipel.sessions;

import archipel.client.Archipel;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportAware;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.session.config.annotation.web.http.SpringHttpSessionConfiguration;

/** The beans that {@link EnableArchipelHttpSession} asks for. */
@Configuration(proxyBeanMethods = false)
@Import(SpringHttpSessionConfiguration.class)
public class ArchipelHttpSessionConfiguration implements ImportAware {
    private static final Duration CLEANUP = Duration.ofMinutes(1);

    private String database = "sessions";
    private Duration maxInactive = Duration.ofMinutes(30);

    @Override
    public void setImportMetadata(AnnotationMetadata importMetadata) {
        AnnotationAttributes attributes = AnnotationAttributes.fromMap(
                importMetadata.getAnnotationAttributes(EnableArchipelHttpSession.class.getName()));
        if (attributes != null) {
            database = attributes.getString("database");
            maxInactive = Duration.ofSeconds(attributes.<Integer>getNumber("maxInactiveIntervalInSeconds"));
        }
    }

    /** The repository, with its database. */
    @Bean
    public DocumentSessionRepository sessionRepository(Archipel archipel) {
        DocumentSessionRepository sessions =
                new DocumentSessionRepository(archipel.database(database), InstantSource.system());
        sessions.setDefaultMaxInactiveInterval(maxInactive);
        sessions.prepare();
        return sessions;
    }

    /** Deletes what has expired. */
    @Bean(destroyMethod = "close")
    public ExpiredSessionCleanup expiredSessionCleanup(DocumentSessionRepository sessionRepository) {
        return new ExpiredSessionCleanup(sessionRepository, CLEANUP);
    }
}
