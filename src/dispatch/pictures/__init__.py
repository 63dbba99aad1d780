"""Pictures that lie beside a text: found, made fit for mail, and named by what they hold."""
