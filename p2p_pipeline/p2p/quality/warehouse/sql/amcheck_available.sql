SELECT
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'amcheck') AS is_available,
    EXISTS (SELECT FROM pg_extension WHERE extname = 'amcheck') AS is_installed
