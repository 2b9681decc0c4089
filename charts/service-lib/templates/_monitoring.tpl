{{/* For the Prometheus operator. Pods rather than Services, for most consumers have no Service. */}}
{{- define "naru.monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: {{ .name }}
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .name }}
      app.kubernetes.io/part-of: naru
  podTargetLabels:
    - app.kubernetes.io/name
    - app.kubernetes.io/component
  podMetricsEndpoints:
    - port: http
      path: /metrics
      interval: {{ .root.Values.global.monitoring.intervalSeconds }}s
{{- end }}
