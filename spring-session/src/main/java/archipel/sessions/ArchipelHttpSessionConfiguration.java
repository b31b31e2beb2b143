package archipel.sessions;

import archipel.client.Archipel;
import java.time.Duration;
import java.time.InstantSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportAware;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.session.config.SessionRepositoryCustomizer;
import org.springframework.session.config.annotation.web.http.SpringHttpSessionConfiguration;

/** The beans that {@link EnableArchipelHttpSession} asks for. */
@Configuration(proxyBeanMethods = false)
@Import(SpringHttpSessionConfiguration.class)
public class ArchipelHttpSessionConfiguration implements ImportAware {
    private String database = "sessions";
    private Duration maxInactive = Duration.ofMinutes(30);
    private Duration cleanup = Duration.ofMinutes(1);

    @Override
    public void setImportMetadata(AnnotationMetadata importMetadata) {
        AnnotationAttributes attributes = AnnotationAttributes.fromMap(
                importMetadata.getAnnotationAttributes(EnableArchipelHttpSession.class.getName()));
        if (attributes != null) {
            database = attributes.getString("database");
            maxInactive = Duration.ofSeconds(attributes.<Integer>getNumber("maxInactiveIntervalInSeconds"));
            cleanup = Duration.ofSeconds(attributes.<Integer>getNumber("cleanupIntervalInSeconds"));
        }
    }

    /** The repository, with its database, as the application's beans have set it. */
    @Bean
    public DocumentSessionRepository sessionRepository(
            Archipel archipel, ObjectProvider<SessionRepositoryCustomizer<DocumentSessionRepository>> customizers) {
        DocumentSessionRepository sessions =
                new DocumentSessionRepository(archipel.database(database), InstantSource.system());
        sessions.setDefaultMaxInactiveInterval(maxInactive);
        customizers.orderedStream().forEach(customizer -> customizer.customize(sessions));
        sessions.prepare();
        return sessions;
    }

    /** Deletes what has expired. */
    @Bean(destroyMethod = "close")
    public ExpiredSessionCleanup expiredSessionCleanup(DocumentSessionRepository sessionRepository) {
        return new ExpiredSessionCleanup(sessionRepository, cleanup);
    }
}
