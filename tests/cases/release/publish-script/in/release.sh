echo "🦋  New tag:  @acme/core@1.0.0"
exit 0
